import test from 'node:test'
import { GPU_GRAPH, needs, openEngine } from '../interpreters.ts'
import { CELL_NAMES } from '../networks.ts'
import { POLICIES } from '../programs.ts'
import { compareCell } from './matrix.ts'

/** Those that act on the pass through the cell, or on nothing. The others act on gradients that are there, whatever the cell: each is tried on one or two. */
const INSIDE = POLICIES.filter(({ policy }) => policy === 'none' || policy === 'timestep')
const BEHIND = POLICIES.filter((policy) => !INSIDE.includes(policy))

for (const [index, cell] of CELL_NAMES.entries()) {
  const policies = [...INSIDE, BEHIND[index % BEHIND.length]!]
  test(
    `${GPU_GRAPH.name} trains ${cell} as the oracle does, through full and truncated windows by ${policies.length} policies`,
    needs(GPU_GRAPH.name),
    async (t) => {
      const engine = await openEngine(GPU_GRAPH.name)
      t.diagnostic((await compareCell(engine, cell, policies)).summary())
    },
  )
}
