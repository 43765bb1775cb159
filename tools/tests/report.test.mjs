import assert from 'node:assert/strict'
import { test } from 'node:test'

import { summaryLast } from './report.mjs'

test('summaryLast() puts the failures before the summary', async () => {
  const where = { name: 'adds', nesting: 0, file: '/a.test.js', line: 1, column: 1, testNumber: 1 }
  const error = Object.assign(new Error('1 is not 2'), { failureType: 'testCodeFailure' })
  const events = [
    { type: 'test:fail', data: { ...where, details: { duration_ms: 1, error } } },
    { type: 'test:diagnostic', data: { nesting: 0, message: 'compared 12 numbers', file: '/a.test.js' } },
    { type: 'test:diagnostic', data: { nesting: 0, message: 'tests 1' } },
    { type: 'test:diagnostic', data: { nesting: 0, message: 'duration_ms 3' } },
  ]
  let report = ''
  for await (const text of summaryLast([asyncValues(events)], () => ['2.0 s a'])) report += text
  const positions = ['compared 12 numbers', '1 is not 2', '2.0 s a', 'tests 1', 'duration_ms 3'].map((text) =>
    report.lastIndexOf(text),
  )
  assert.ok(!positions.includes(-1))
  assert.deepEqual(
    positions,
    positions.toSorted((a, b) => a - b),
  )
  assert.match(report.trimEnd(), /duration_ms 3\S*$/)
})

test('summaryLast() adds up what several runs count, and has the time of the longest', async () => {
  const diagnostics = (/** @type {string[]} */ messages) =>
    asyncValues(messages.map((message) => ({ type: 'test:diagnostic', data: { nesting: 0, message } })))
  const runs = [
    diagnostics(['tests 3', 'fail 1', 'duration_ms 70.5']),
    diagnostics(['tests 4', 'fail 0', 'duration_ms 9']),
  ]
  let report = ''
  for await (const text of summaryLast(runs)) report += text
  assert.deepEqual(report.match(/\w+ [\d.]+$/gm), ['tests 7', 'fail 1', 'duration_ms 70.5'])
})

/**
 * @template T
 * @param {T[]} values
 */
async function* asyncValues(values) {
  yield* values
}
