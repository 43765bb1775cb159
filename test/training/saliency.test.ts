import assert from 'node:assert/strict'
import { test } from 'node:test'
import { selectEngine } from '@unroll/engines'
import { findMarked, followAdding, isAtMarked } from './saliency.ts'

const SEQUENCES = 32
/** A few others are as large where a network is not quite done. */
const SHARE = 0.9

test('saliency of a network that has learned to add is largest at the two numbers that are marked', async (t) => {
  const { engine } = await selectEngine('auto')
  const traces = await followAdding(engine, SEQUENCES)
  assert.equal(traces.length, SEQUENCES)
  const right = traces.filter((trace) => isAtMarked(trace, findMarked(trace)))
  t.diagnostic(`${right.length} of ${traces.length} sequences`)
  assert.ok(right.length >= SHARE * SEQUENCES, `${right.length} of ${traces.length}`)
})
