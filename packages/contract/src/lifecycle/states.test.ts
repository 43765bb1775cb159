import assert from 'node:assert/strict'
import { test } from 'node:test'
import { JOB_STATUSES, MOVES, isFinal, isLegalMove } from './states.ts'

test('MOVES lead only to states that exist', () => {
  assert.equal(JOB_STATUSES.length, 10)
  for (const targets of Object.values(MOVES)) for (const to of targets) assert.ok(JOB_STATUSES.includes(to))
})

test('MOVES lead from every state to an end', () => {
  for (const from of JOB_STATUSES) {
    const reached = new Set([from])
    for (const status of reached) for (const to of MOVES[status]) reached.add(to)
    assert.ok([...reached].some(isFinal), `${from} never ends`)
  }
})

test('isFinal() holds for succeeded, failed and cancelled alone', () => {
  assert.deepEqual(JOB_STATUSES.filter(isFinal), ['succeeded', 'failed', 'cancelled'])
})

test('isLegalMove() never lets a job that has ended move on', () => {
  for (const from of JOB_STATUSES.filter(isFinal)) for (const to of JOB_STATUSES) assert.ok(!isLegalMove(from, to))
})
