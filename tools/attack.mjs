// `npm run test:attack`: fuzzes every parser of what others send, led by coverage. Takes minutes. `npm run test:attack -- npy`
// runs those whose name holds the text; UNROLL_ATTACK_INPUTS is the number of inputs of each.

import { requireNode } from './provision/node.mjs'

requireNode()
const { provideDependencies } = await import('./provision/dependencies.mjs')
await provideDependencies()
const { runAttack } = await import('./attack/run.mjs')
process.exitCode = await runAttack(process.argv.slice(2))
