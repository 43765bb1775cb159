import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Diagnostician } from '../diagnostician.ts'
import { chanceOf, rowAt, rows, seenBy, specOf } from '../testing/rows.ts'
import { clipIdle } from './clip_idle.ts'

const idle = (step: number, loss = 0.1) => rowAt(step, { loss, clipped_share: 0, grad_norm: 1 + (step % 100) / 1_000 })
const WIDE = specOf({ clipping: { policy: 'norm', threshold: 50, nonfinite: 'skip' } })

test('clip_idle names the 99th percentile of the norms and proposes no change, as none would lower the loss', () => {
  const { symptom, proposal } = seenBy(
    clipIdle,
    WIDE,
    rows(100, (step) => idle(step)),
  )
  assert.deepEqual([symptom?.fromStep, symptom?.toStep], [1, 100])
  assert.match(symptom?.advice ?? '', /by norm at 1\.1,/)
  assert.equal(proposal, null)
})

test('clip_idle is told with its advice and without changes', () => {
  const given = rows(100, (step) => idle(step))
  const [finding] = new Diagnostician(WIDE, chanceOf(WIDE)).observe(given)
  assert.deepEqual([finding?.code, finding?.changes], ['clip_idle', null])
  assert.match(finding?.advice ?? '', /has changed no update/)
})

for (const { max_steps, from } of [
  { max_steps: 500, from: 100 },
  { max_steps: 50_000, from: 5_000 },
]) {
  test(`clip_idle is looked at from step ${from} of ${max_steps}`, () => {
    assert.equal(clipIdle.from(specOf({ ...WIDE, training: { max_steps } })), from)
  })
}

for (const { what, spec, given, is } of [
  {
    what: '1,000 steps of which every tenth has a row',
    spec: WIDE,
    given: [idle(1), ...rows(100, (at) => idle(at * 10))],
    is: true,
  },
  {
    what: '1,000 steps with one clipped, long ago',
    spec: WIDE,
    given: rows(1_000, (at) => rowAt(at, { loss: 0.1, clipped_share: 1 / at })),
    is: false,
  },
  {
    what: '3,000 steps whose norm was above a quarter of the threshold in the first ten',
    spec: WIDE,
    given: rows(3_000, (at) => (at <= 10 ? { ...idle(at), series: { ...idle(at).series, grad_norm: 13 } } : idle(at))),
    is: false,
  },
  {
    what: '1,000 steps whose norm was above a quarter of the threshold where no row was written',
    spec: WIDE,
    given: rows(100, (at) => ({ step: at * 10, series: { ...idle(at).series, grad_norm_max: 13 } })),
    is: false,
  },
  {
    what: '1,000 steps in which nothing is learned',
    spec: WIDE,
    given: rows(1_000, (at) => idle(at, 0.66)),
    is: false,
  },
  {
    what: '1,000 steps without a policy',
    spec: specOf({ clipping: { policy: 'none' } }),
    given: rows(1_000, (step) => idle(step)),
    is: false,
  },
  {
    what: '1,000 steps below a threshold that is in reach of a spike',
    spec: specOf({ clipping: { policy: 'norm', threshold: 4 } }),
    given: rows(1_000, (step) => idle(step)),
    is: false,
  },
  {
    what: '1,000 steps of a policy that sets its threshold by the norms',
    spec: specOf({ clipping: { policy: 'zscore' } }),
    given: rows(1_000, (step) => idle(step)),
    is: false,
  },
]) {
  test(`clip_idle: ${what} ${is ? 'is' : 'is not'} found`, () => {
    assert.equal(seenBy(clipIdle, spec, given).symptom !== null, is)
  })
}
