// `npm start`: the whole service from one command, on a machine that has Node alone. Only Node's own modules may be
// imported here and below, as the dependencies may not be installed yet.

import { requireNode } from './provision/node.mjs'

requireNode()
const { serve } = await import('./service/serve.mjs')
try {
  process.exitCode = await serve()
} catch (error) {
  console.error(`\n${error.message}`)
  process.exitCode = 1
}
