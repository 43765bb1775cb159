// What each way of running a sweep trains, by trials that were trained to their ends.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { FindingCode } from '@unroll/contract'

interface Part {
  readonly from: number
  readonly to: number
}
interface Finished {
  readonly trial: number
  readonly end: number
  readonly values: Readonly<Record<string, ReadonlyMap<number, number>>>
  readonly findStop: (part: Part) => { step: number; by: FindingCode } | undefined
}
interface Result {
  readonly steps: number
  readonly stopped: number
  readonly value: number | null
  readonly lost: { by: FindingCode | 'halving'; step: number } | null
  readonly best: readonly number[]
}
interface Arm {
  stops: boolean
  by: { metric: string; goal: 'min' | 'max' }
  winners?: readonly number[]
}
type Asked = readonly [trials: readonly Finished[], parts: readonly Part[], arm: Arm]

const ARMS = new URL('../../../bench/dist/sweeps/arms.js', import.meta.url)
const { planParts, runArm } = (await import(ARMS.href)) as {
  planParts: (steps: number, rungs: number) => Part[]
  runArm: (...asked: Asked) => Result
}

const STEPS = 400
const PARTS = planParts(STEPS, 3)
const [WHOLE] = planParts(STEPS, 1)

/** A trial with its value after 100, 200 and 400 steps, and where a job of all of them stops, one of the first rung, or a later one. */
function trial(
  number: number,
  values: number[],
  stops: { whole?: number; first?: number; later?: number } = {},
  end = STEPS,
): Finished {
  const at = [100, 200, 400].map((step, n) => [step, values[n]!] as const).filter(([, value]) => !Number.isNaN(value))
  const findStop = ({ from, to }: Part) => {
    const step = from > 0 ? stops.later : to === STEPS ? stops.whole : stops.first
    return step === undefined || step >= to ? undefined : { step, by: 'vanishing' as FindingCode }
  }
  return { trial: number, end, values: { evaluation_loss: new Map(at) }, findStop }
}

const DEAD = trial(0, [9, 9, 9], { whole: 60, first: 40 })
const LATE = trial(1, [8, 7, 1])
const EARLY = trial(2, [3, 3, 3])
const BROKEN = trial(3, [7, NaN, NaN], {}, 150)
const by = { metric: 'evaluation_loss', goal: 'min' } as const
const TRIALS = [DEAD, LATE, EARLY, BROKEN]

test('planParts() plans rungs that are each twice as long as the one before', () => {
  assert.deepEqual(PARTS, [
    { from: 0, to: 100 },
    { from: 100, to: 200 },
    { from: 200, to: 400 },
  ])
})

const CASES: [what: string, given: Asked, wanted: Partial<Result>][] = [
  [
    'trains every trial as far as it goes',
    [TRIALS, [WHOLE!], { stops: false, by }],
    { steps: 400 + 400 + 400 + 150, best: [1], value: 1, stopped: 0, lost: null },
  ],
  [
    'ends a trial at a finding',
    [TRIALS, [WHOLE!], { stops: true, by, winners: [1] }],
    { steps: 60 + 400 + 400 + 150, best: [1], stopped: 1, lost: null },
  ],
  [
    'tells by which finding a winner is lost',
    [
      TRIALS.map((each) => (each === LATE ? trial(1, [8, 7, 1], { whole: 90 }) : each)),
      [WHOLE!],
      { stops: true, by, winners: [1] },
    ],
    { steps: 60 + 90 + 400 + 150, best: [2], value: 3, lost: { by: 'vanishing', step: 90 } },
  ],
  [
    'has the better half of all trials go on, and tells of a winner that does not',
    [TRIALS, PARTS, { stops: false, by, winners: [1] }],
    { steps: 100 + 100 + 400 + 150, best: [2], value: 3, stopped: 0, lost: { by: 'halving', step: 100 } },
  ],
  [
    'fills the places of stopped trials with others',
    [[DEAD, LATE, EARLY, DEAD].map((each, at) => ({ ...each, trial: at })), PARTS, { stops: true, by, winners: [1] }],
    { steps: 40 + 200 + 400 + 40, best: [2], stopped: 2, lost: { by: 'halving', step: 200 } },
  ],
  [
    'loses no winner where another trial has the same value',
    [[trial(0, [9, 9, 3], { whole: 60 }), EARLY], [WHOLE!], { stops: true, by, winners: [0, 2] }],
    { steps: 60 + 400, best: [2], value: 3, lost: null },
  ],
  [
    'has those go on that went furthest where a rung has no others',
    [
      [
        trial(0, [9, 9, 9], { first: 40, later: 130 }),
        trial(1, [9, 9, 2], { first: 90 }),
        trial(2, [9, 9, 9], { first: 60 }),
      ],
      planParts(STEPS, 2),
      { stops: true, by, winners: [1] },
    ],
    { steps: 40 + 400 + 60, best: [1], value: 2, stopped: 2, lost: null },
  ],
  [
    'has no best value where every trial is stopped',
    [[DEAD], [WHOLE!], { stops: true, by, winners: [0] }],
    { steps: 60, best: [], value: null, lost: { by: 'vanishing', step: 60 } },
  ],
]
for (const [what, given, wanted] of CASES)
  test(`runArm() ${what}`, () => {
    const found = runArm(...given)
    assert.deepEqual({ ...found, ...wanted }, found)
  })
