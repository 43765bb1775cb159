import assert from 'node:assert/strict'
import { test } from 'node:test'
import { cutLine, escapeControls, measureLine, paint, wrapWords } from './paint.ts'

const RED = paint('failed', 'red', 4)

const CUT: [what: string, line: string, columns: number, cut: string][] = [
  ['keeps a line that fits', 'abc', 3, 'abc'],
  ['cuts letters', 'abcd', 3, 'abc'],
  ['counts no colours, and ends them', `${RED} job`, 4, '\x1b[31mfail\x1b[0m\x1b[0m'],
  ['counts letters of two columns twice', '学習中', 5, '学習'],
]
for (const [what, line, columns, cut] of CUT) test(`cutLine() ${what}`, () => assert.equal(cutLine(line, columns), cut))

const WIDTHS: [line: string, columns: number][] = [
  ['', 0],
  [RED, 6],
  ['é', 1],
  ['é', 1],
  ['🚀', 2],
  ['한국', 4],
]
for (const [line, columns] of WIDTHS)
  test(`measureLine(${JSON.stringify(line)}) is ${columns}`, () => assert.equal(measureLine(line), columns))

test('escapeControls() keeps colours, and lets no name move the cursor, clear the screen or ring', () => {
  assert.equal(escapeControls(RED), RED)
  assert.equal(escapeControls('a\x1b[2J\x1b]0;title\x07\rb\u009bK'), 'a�[2J�]0;title��b�K')
})

test('paint() leaves words as they are where there are no colours', () => {
  assert.equal(paint('failed', 'red', 1), 'failed')
})

test('wrapWords() breaks between words and indents what follows; a longer word has a line of its own', () => {
  assert.deepEqual(wrapWords('10:00  a checkpoint of 120000 bytes', 14, 2), [
    '10:00  a',
    '  checkpoint',
    '  of 120000',
    '  bytes',
  ])
  assert.deepEqual(wrapWords('incomprehensible', 5, 2), ['incomprehensible'])
})
