import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { basename } from 'node:path'
import { test } from 'node:test'
import { SCRIPT_NAMES, scriptText } from './scripts.ts'

const files = readdirSync(new URL('../../src/lua/', import.meta.url), { recursive: true, encoding: 'utf8' }).filter(
  (path) => path.endsWith('.lua') && !path.startsWith('includes/'),
)

test('SCRIPT_NAMES names every file of the folder', () => {
  assert.deepEqual(files.map((path) => basename(path, '.lua')).toSorted(), [...SCRIPT_NAMES].toSorted())
})

for (const name of SCRIPT_NAMES) {
  test(`scriptText() of "${name}" says what it takes, what it answers and why it is atomic, and is complete`, () => {
    const text = scriptText(name)
    for (const word of ['-- KEYS ', 'ARGV 1', '-- Returns ', '-- Atomic, so that '])
      assert.ok(text.includes(word), word)
    assert.doesNotMatch(text, /--- @/)
  })
}
