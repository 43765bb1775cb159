import assert from 'node:assert/strict'
import { test } from 'node:test'
import { windowAt } from './windows.ts'

test('windowAt() of k1 = k2 cuts a sequence into chunks that carry the state on', () => {
  assert.deepEqual(windowAt(0, { k1: 4, k2: 4 }), {
    start: 0,
    end: 4,
    window: { from: 'initial', lossSteps: 4, advance: 4 },
  })
  assert.deepEqual(windowAt(2, { k1: 4, k2: 4 }), {
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
      const { start, end, window } = windowAt(n, { k1, k2 })
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
