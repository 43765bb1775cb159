import assert from 'node:assert/strict'
import test from 'node:test'
import type { Schedule } from '@unroll/contract'
import { learningRateAt } from './schedule.ts'

const STEPS = 11

function rates(schedule: Schedule): number[] {
  const optimizer = { type: 'sgd', learning_rate: 2, weight_decay: 0, schedule } as const
  return Array.from({ length: STEPS }, (_, step) => learningRateAt(optimizer, step, STEPS))
}

const CASES: readonly { readonly schedule: Schedule; readonly at: Readonly<Record<number, number>> }[] = [
  { schedule: { type: 'constant', warmup_steps: 0 }, at: { 0: 2, 10: 2 } },
  { schedule: { type: 'constant', warmup_steps: 4 }, at: { 0: 0.4, 1: 0.8, 3: 1.6, 4: 2, 10: 2 } },
  { schedule: { type: 'step', warmup_steps: 0, every_steps: 4, gamma: 0.5 }, at: { 0: 2, 3: 2, 4: 1, 8: 0.5 } },
  { schedule: { type: 'exponential', warmup_steps: 1, gamma: 0.5 }, at: { 0: 1, 1: 2, 2: 1, 3: 0.5 } },
  { schedule: { type: 'cosine', warmup_steps: 0, final_fraction: 0.1 }, at: { 0: 2, 5: 1.1, 10: 0.2 } },
  { schedule: { type: 'linear', warmup_steps: 0, final_fraction: 0 }, at: { 0: 2, 5: 1, 10: 0 } },
]

for (const { schedule, at } of CASES) {
  test(`learningRateAt() follows the ${schedule.type} schedule after ${schedule.warmup_steps} steps of warm-up`, () => {
    const all = rates(schedule)
    for (const [step, rate] of Object.entries(at)) {
      assert.ok(Math.abs((all[Number(step)] ?? NaN) - rate) < 1e-12, `step ${step}: ${all[Number(step)]}`)
    }
  })
}
