import assert from 'node:assert/strict'
import { test } from 'node:test'
import { firstNonfinite, flowCounts } from './flow_counts.ts'

/** Norms of a layer, one a time step. */
function norms(...log10: readonly number[]): Float32Array {
  return Float32Array.from(log10)
}

test('flowCounts() counts exact zeros and norms that are not finite, of both states', () => {
  const h = [norms(-1, -Infinity, -Infinity), norms(0, Infinity, 2)]
  const c = [norms(NaN, 0, 0), norms(0, 0, -Infinity)]
  const counts = flowCounts({ h, c })
  assert.deepEqual([counts.flow_zero, counts.flow_nonfinite], [3, 2])
})

test('flowCounts() names no place where all norms are finite', () => {
  assert.deepEqual(flowCounts({ h: [norms(-1, -Infinity)] }), { flow_nonfinite: 0, flow_zero: 1 })
})

for (const { what, h, c, place } of [
  { what: 'the last time step of the top layer', h: [norms(0, 0), norms(0, NaN)], place: { layer: 1, timestep: 2 } },
  { what: 'the top layer before those below', h: [norms(0, NaN), norms(NaN, 0)], place: { layer: 1, timestep: 1 } },
  { what: 'the later step of a layer', h: [norms(Infinity, NaN, 0)], place: { layer: 0, timestep: 2 } },
  { what: 'the memory cell', h: [norms(0, 0, 0)], c: [norms(0, NaN, 0)], place: { layer: 0, timestep: 2 } },
  { what: 'no place for an exact zero', h: [norms(-Infinity)], place: undefined },
]) {
  test(`firstNonfinite() is ${what}`, () => {
    assert.deepEqual(firstNonfinite({ h, ...(c && { c }) }), place)
  })
}
