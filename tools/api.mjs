// `npm run api`: an API for a fleet, on a machine that has Node alone. Only Node's own modules may be
// imported here and below, as the dependencies may not be installed yet.

import { requireNode } from './provision/node.mjs'

requireNode()
const { runCommandLine } = await import('./service/command-line.mjs')
process.exitCode = await runCommandLine('api', process.argv.slice(2))
