import assert from 'node:assert/strict'
import { test } from 'node:test'

import { checkSize, longest, sizeFaults } from './size.mjs'

const line = 'const a = 0\n'

/** @type {[what: string, text: string, faults: number][]} */
const cases = [
  ['a long file', line.repeat(301), 1],
  ['a long file that says why', `// One table\n${line.repeat(300)}`, 0],
  ['a file at the limit', line.repeat(300), 0],
]
for (const [what, text, faults] of cases)
  test(`sizeFaults() finds ${faults} faults in ${what}`, () =>
    assert.equal(sizeFaults([{ path: 'a.ts', text }]).length, faults))

test('longest() names the ten longest, longest first', () => {
  const diagnostics = Array.from({ length: 12 }, (_, i) => ({
    message: `The function \`f${i}\` has too many lines (${60 + i}). Maximum allowed is 50.`,
    filename: 'a.ts',
    labels: [{ span: { line: i } }],
  }))
  const found = longest(diagnostics)
  assert.equal(found.length, 10)
  assert.equal(found[0], 'a.ts:11: The function `f11` has too many lines (71)')
})

test('checkSize() looks at the sources of this repository', () => assert.ok(checkSize().seen > 50))
