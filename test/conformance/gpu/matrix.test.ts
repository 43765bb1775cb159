import test from 'node:test'
import { GPU_GRAPH, needs, openEngine } from '../interpreters.ts'
import { CELL_NAMES } from '../networks.ts'
import { compareCell } from './matrix.ts'

for (const cell of CELL_NAMES) {
  test(
    `${GPU_GRAPH.name} trains ${cell} as the oracle does, through full and truncated windows by every policy`,
    needs(GPU_GRAPH.name),
    async (t) => {
      const engine = await openEngine(GPU_GRAPH.name)
      t.diagnostic((await compareCell(engine, cell)).summary())
    },
  )
}
