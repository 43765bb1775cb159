// `npm run test:contract`: six generators of clients and schemathesis against the real API. Takes minutes, and fetches tools
// from package registries into a temporary folder. `npm run test:contract -- python` runs those whose name holds the text.

import { requireNode } from './provision/node.mjs'

requireNode()
const { provideDependencies } = await import('./provision/dependencies.mjs')
await provideDependencies()
const { runContract } = await import('./contract/run.mjs')
process.exitCode = await runContract(process.argv.slice(2))
