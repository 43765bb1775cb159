import test from 'node:test'
import { tensorflowEngine } from '@unroll/engines'
import { loadLibrary } from '@unroll/libtensorflow'
import { GPU_GRAPH, needs } from '../interpreters.ts'
import { CELL_NAMES } from '../networks.ts'
import { compareCell } from './matrix.ts'

for (const cell of CELL_NAMES) {
  test(
    `${GPU_GRAPH.name} trains ${cell} as the oracle does, through full and truncated windows by every policy`,
    needs(GPU_GRAPH.name),
    async (t) => {
      const engine = tensorflowEngine(loadLibrary(), { shards: 1, target: 'gpu' })
      t.diagnostic((await compareCell(engine, cell)).summary())
    },
  )
}
