import assert from 'node:assert/strict'
import { test } from 'node:test'

import { namedPaths, pathsInComments } from './paths.mjs'

/** @type {[what: string, markdown: string, paths: string[]][]} */
const cases = [
  ['a file', 'see `packages/bptt/src/passes/step.ts`.', ['packages/bptt/src/passes/step.ts']],
  ['a folder', 'in `packages/store/src/scripts/`', ['packages/store/src/scripts/']],
  ['a bare file name', '`unroll.ts` then `move.lua`', ['unroll.ts', 'move.lua']],
  ['a file by the end of its path', '`src/data/poll.ts` of the dashboard', ['src/data/poll.ts']],
  ['a file in a folder that starts with a dot', '`.ci/run`', ['.ci/run']],
  ['a path named twice once', '`docs/states.md` and `docs/states.md`', ['docs/states.md']],
  ['no route', '`/v1/jobs` and `GET /readyz`', []],
  [
    'no package, library, media type or code',
    '`@unroll/contract` `typebox/value` `application/json` `ops.matMul(a, b)`',
    [],
  ],
  ['nothing in a fenced block', '```\n`tools/absent.mjs`\n```\n', []],
]

for (const [what, markdown, paths] of cases)
  test(`namedPaths() finds ${what}`, () => assert.deepEqual(namedPaths(markdown), paths))

/** @type {[what: string, source: string, paths: string[]][]} */
const sources = [
  ['a file', '// As in unroll.ts.', ['unroll.ts']],
  ['a file in a folder', '/** The letters of docs/math/notation.md. */', ['docs/math/notation.md']],
  ['a file after code', 'run() // as move.lua does', ['move.lua']],
  ['a file after a dash of Lua', '-- see move.lua:', ['move.lua']],
  ['a file within a longer comment', ' * (cell.ts), and products.h', ['cell.ts', 'products.h']],
  ['no import', "import { join } from './join.ts'", []],
  ['no array of a state', '// layers.0.h is the first', []],
  ['no address', '// https://example.org/page.md', []],
]
for (const [what, source, paths] of sources)
  test(`pathsInComments() finds ${what}`, () => assert.deepEqual(pathsInComments(source), paths))
