// `npm test`: provides what is missing, starts a Redis for the tests and runs them all, quick ones first.
// `npm test -- unit`, `npm test -- e2e`, `npm test -- packages/bptt` run one group or the files whose path holds the text.

import { requireNode } from './provision/node.mjs'

requireNode()
const { runTests } = await import('./tests/run.mjs')
try {
  process.exitCode = await runTests(process.argv.slice(2))
} catch (error) {
  console.error(`\n${error.message}`)
  process.exitCode = 1
}
