import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { JobSpec } from '@unroll/contract'
import { random } from '@unroll/random'
import { truncation, windowAt } from './windows.ts'

test('windowAt() of k1 = k2 cuts a sequence into chunks that carry the state on', () => {
  assert.deepEqual(windowAt(0, { k1: 4, k2: 4 }, 0), {
    start: 0,
    end: 4,
    window: { from: 'initial', lossSteps: 4, advance: 4 },
  })
  assert.deepEqual(windowAt(2, { k1: 4, k2: 4 }, 2), {
    start: 8,
    end: 12,
    window: { from: 'carried', lossSteps: 4, advance: 4 },
  })
})

for (const [k1, k2] of [
  [1, 1],
  [3, 6],
  [1, 5],
  [4, 6],
  [4, 12],
  [12, 12],
] as const) {
  test(`windowAt() counts each loss once and hands over the state each window starts from, k1 ${k1}, k2 ${k2}`, () => {
    let carriedAt = 0
    let lossSeen = 0
    for (let n = 0; n < 12 / k1; n++) {
      const { start, end, window } = windowAt(n, { k1, k2 }, n)
      assert.equal(end - window.lossSteps, lossSeen)
      assert.ok(end - start <= k2)
      assert.equal(start, Math.max(0, end - k2))
      assert.equal(window.from, start === 0 ? 'initial' : 'carried')
      if (window.from === 'carried') assert.equal(start, carriedAt)
      assert.ok(window.advance <= end - start)
      lossSeen = end
      carriedAt = start + window.advance
    }
    assert.equal(lossSeen, 12)
  })
}

/** Windows of k1 = 4 in sequences of T = 16. */
function randomised(seed: number, p: number) {
  return truncation({
    bptt: { mode: 'randomised', k1: 4, truncation_probability: p, recompute: 'auto' },
    sequence_length: 16,
    training: { seed },
  } as JobSpec)
}

test('windowAt() of randomised truncation starts at the newest cut, counts each loss once and hands over the state', () => {
  const starts = new Set<number>()
  for (let sequence = 0; sequence < 50; sequence++) {
    let carriedAt = 0
    for (let n = 0; n < 4; n++) {
      const { start, end, window } = windowAt(n, randomised(3, 0.5), 4 * sequence + n)
      assert.equal(end, 4 * (n + 1))
      assert.equal(window.lossSteps, 4)
      assert.equal(window.from, start === 0 ? 'initial' : 'carried')
      if (n > 0) assert.equal(start, carriedAt)
      assert.deepEqual(window.compensation, { every: 4, factor: 2 })
      carriedAt = start + window.advance
      starts.add(start)
    }
  }
  assert.deepEqual(
    [...starts].toSorted((a, b) => a - b),
    [0, 4, 8, 12],
  )
})

for (const p of [0.1, 0.5, 0.9]) {
  test(`randomised truncation cuts a share of ${p} of all places, and so ends the reach of one answer`, () => {
    const { cuts } = randomised(7, p)
    const draws = 20_000
    const share = (holds: (step: number) => boolean): number =>
      Array.from({ length: draws }, (_, step) => step).filter(holds).length / draws
    assert.ok(Math.abs(share((step) => cuts!.isBefore(step)) - p) < 0.012)
    for (const places of [1, 2, 3]) {
      const beyond = share((step) => cuts!.drawReach(step, 16) > 4 * places)
      assert.ok(Math.abs(beyond - (1 - p) ** places) < 0.012, `${places}: ${beyond}`)
    }
  })
}

test('windowAt() of a k2 that changes counts each loss once and hands over the state that the next window starts from', (t) => {
  const [k1, windows] = [3, 40]
  const draws = random(5, 'k2')
  const lengths = new Set<number>()
  for (let sequence = 0; sequence < 20; sequence++) {
    let [k2, carriedAt] = [k1 * (1 + draws.integer(8)), 0]
    for (let n = 0; n < windows; n++) {
      const nextK2 = Math.min(k2 + k1, k1 + draws.integer(20)) // of any size, but for growing by more than k1
      const { start, end, window } = windowAt(n, { k1, k2, nextK2 }, n)
      assert.deepEqual([end, window.lossSteps], [(n + 1) * k1, k1])
      assert.equal(start, Math.max(0, end - k2))
      assert.equal(window.from, start === 0 ? 'initial' : 'carried')
      if (n > 0) assert.equal(start, carriedAt)
      assert.ok(window.advance >= 0 && window.advance <= end - start)
      carriedAt = start + window.advance
      k2 = nextK2
      lengths.add(end - start)
    }
  }
  assert.ok(lengths.size > 10)
  t.diagnostic(`${20 * windows} windows of ${lengths.size} lengths`)
})
