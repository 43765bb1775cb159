// `npm run check`: everything that is checked without running the service. `npm run check -- imports size` runs the
// named checks alone.

import { requireNode } from './provision/node.mjs'

requireNode()
const { provideDependencies } = await import('./provision/dependencies.mjs')
const { runChecks } = await import('./check/run.mjs')
await provideDependencies()
process.exitCode = await runChecks(process.argv.slice(2))
