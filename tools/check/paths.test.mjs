import assert from 'node:assert/strict'
import { test } from 'node:test'

import { namedPaths } from './paths.mjs'

/** @type {[what: string, markdown: string, paths: string[]][]} */
const cases = [
  ['a file', 'see `packages/bptt/src/step.ts`.', ['packages/bptt/src/step.ts']],
  ['a folder', 'in `packages/store/src/scripts/`', ['packages/store/src/scripts/']],
  ['a bare file name', '`unroll.ts` then `move.lua`', ['unroll.ts', 'move.lua']],
  ['a file in a folder that starts with a dot', '`.ci/run`', ['.ci/run']],
  ['a path named twice once', '`docs/states.md` and `docs/states.md`', ['docs/states.md']],
  ['no route', '`/v1/jobs` and `GET /readyz`', []],
  [
    'no package, library, media type or code',
    '`@unroll/spec` `typebox/value` `application/json` `ops.matMul(a, b)`',
    [],
  ],
  ['nothing in a fenced block', '```\n`tools/absent.mjs`\n```\n', []],
]

for (const [what, markdown, paths] of cases)
  test(`namedPaths() finds ${what}`, () => assert.deepEqual(namedPaths(markdown), paths))
