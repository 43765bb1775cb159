import assert from 'node:assert/strict'
import { test } from 'node:test'

import { loudLine, shownLine } from './log-lines.mjs'

/** @type {[what: string, line: string, shown: string | undefined][]} */
const cases = [
  ['keeps information in the file', '{"level":30,"msg":"step finished"}', undefined],
  ['shows a warning', '{"level":40,"msg":"queue is full"}', 'warn: queue is full'],
  [
    'shows the cause of an error',
    '{"level":50,"msg":"job failed","err":{"message":"No data"}}',
    'error: job failed: No data',
  ],
  ['keeps a line of a crash in the file', 'TypeError: x is undefined', undefined],
  ['keeps a line that only looks like JSON in the file', '{ half', undefined],
]
for (const [what, line, shown] of cases) test(`loudLine() ${what}`, () => assert.equal(loudLine(line), shown))

test('shownLine() shows steps beside what is loud', () => {
  assert.equal(shownLine('{"level":30,"step":"Redis","msg":"Valkey 9.1.2 at r:1"}'), '✓ Redis: Valkey 9.1.2 at r:1')
  assert.equal(shownLine('{"level":40,"msg":"queue is full"}'), 'warn: queue is full')
  assert.equal(shownLine('{"level":30,"msg":"step finished"}'), undefined)
  assert.equal(shownLine('{"level":30,"step":1218,"msg":"attempt ended"}'), undefined, 'a step of training')
})
