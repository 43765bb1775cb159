// `npm run test:attack`: has schemathesis try the service's own document as each kind of caller (`document`), and fuzzes every
// parser of what others send, led by coverage. Takes minutes. `npm run test:attack -- npy` runs those whose name holds the text.
// UNROLL_ATTACK_EXAMPLES is the number of examples of an operation, UNROLL_ATTACK_INPUTS that of inputs of a parser,
// UNROLL_ATTACK_PYTHON a Python that has schemathesis.

import { requireNode } from './provision/node.mjs'

requireNode()
const { provideDependencies } = await import('./provision/dependencies.mjs')
await provideDependencies()
const { runAttack } = await import('./attack/run.mjs')
process.exitCode = await runAttack(process.argv.slice(2))
