// `npm start`: the whole service from one command, on a machine that has Node alone. Only Node's own modules may be
// imported here and below, as the dependencies may not be installed yet.

import { requireNode } from './provision/node.mjs'

requireNode()
const { runCommandLine } = await import('./service/command-line.mjs')
process.exitCode = await runCommandLine('start', process.argv.slice(2))
