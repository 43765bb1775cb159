import assert from 'node:assert/strict'
import { test } from 'node:test'
import { idPattern, newId } from './ids.ts'

test('newId() makes ids of its kind that sort by creation', () => {
  const early = newId('job', 1_700_000_000_000, new Uint8Array(16).fill(255))
  const late = newId('job', 1_700_000_000_001, new Uint8Array(16))
  assert.match(early, new RegExp(idPattern('job')))
  assert.ok(early < late)
})
