// `npm run golden -- DIR`: compares every engine with golden numbers, those of test/golden or of any folder in its format.

import { requireNode } from './provision/node.mjs'

requireNode()
const { compareGolden } = await import('./golden/run.mjs')
try {
  process.exitCode = await compareGolden(process.argv[2])
} catch (error) {
  console.error(`\n${error.message}`)
  process.exitCode = 1
}
