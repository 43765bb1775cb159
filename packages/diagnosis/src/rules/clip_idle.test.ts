import assert from 'node:assert/strict'
import { test } from 'node:test'
import { rowAt, rows, seenBy, specOf } from '../testing/rows.ts'
import { clipIdle } from './clip_idle.ts'

const idle = (step: number) => rowAt(step, { clipped_share: 0, grad_norm: 1 + (step % 100) / 1_000 })
const WIDE = specOf({ clipping: { policy: 'norm', threshold: 50, nonfinite: 'skip' } })

test('clip_idle proposes to clip at the 99th percentile of the norms', () => {
  const { symptom, proposal } = seenBy(clipIdle, WIDE, rows(1_000, idle))
  assert.deepEqual([symptom?.fromStep, symptom?.toStep], [1, 1_000])
  assert.deepEqual(proposal?.changes, { clipping: { threshold: 1.1 } })
})

test('clip_idle of another policy proposes that of the norm, and keeps what is done with Inf and NaN', () => {
  const spec = specOf({ clipping: { policy: 'value', threshold: 50, nonfinite: 'zero' } })
  const { proposal } = seenBy(clipIdle, spec, rows(1_000, idle))
  assert.deepEqual(proposal?.changes, { clipping: { policy: 'norm', threshold: 1.1 } })
})

for (const { what, spec, given, is } of [
  { what: '999 steps', spec: WIDE, given: rows(999, idle), is: false },
  {
    what: '1,000 steps of which every tenth has a row',
    spec: WIDE,
    given: [idle(1), ...rows(100, (at) => idle(at * 10))],
    is: true,
  },
  {
    what: '1,000 steps with one clipped',
    spec: WIDE,
    given: rows(1_000, (at) => rowAt(at, { clipped_share: at < 500 ? 0 : 1 / at })),
    is: false,
  },
  {
    what: '1,000 steps without a policy',
    spec: specOf({ clipping: { policy: 'none' } }),
    given: rows(1_000, idle),
    is: false,
  },
  {
    what: '1,000 steps since the last clipped',
    spec: WIDE,
    given: rows(1_600, (at) => rowAt(at, { clipped_share: at < 500 ? 0 : 1 / at })),
    is: true,
  },
]) {
  test(`clip_idle: ${what} ${is ? 'is' : 'is not'} found`, () => {
    assert.equal(seenBy(clipIdle, spec, given).symptom !== null, is)
  })
}
