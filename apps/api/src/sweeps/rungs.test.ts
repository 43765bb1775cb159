import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { JsonNumber, Objective, Strategy } from '@unroll/contract'
import type { StoredRun } from '@unroll/store'
import { findBest, nextRung, ranked, planRungs } from './rungs.ts'

const halving = (eta: number, rungs = 8): Strategy => ({
  type: 'successive_halving',
  min_steps: 10,
  eta,
  rungs,
  seed: 1,
})

const RUNGS: [strategy: Strategy, trials: number, rungs: [trials: number, steps: number | null][]][] = [
  [{ type: 'grid' }, 5, [[5, null]]],
  [{ type: 'random', samples: 7, seed: 1 }, 7, [[7, null]]],
  [
    halving(3),
    27,
    [
      [27, 10],
      [9, 30],
      [3, 90],
      [1, 270],
    ],
  ],
  [
    halving(3),
    10,
    [
      [10, 10],
      [3, 30],
      [1, 90],
    ],
  ],
  [
    halving(3),
    2,
    [
      [2, 10],
      [1, 30],
    ],
  ],
  [halving(2), 1, [[1, 10]]],
  [
    halving(2, 2),
    16,
    [
      [16, 10],
      [8, 20],
    ],
  ],
]
for (const [strategy, trials, rungs] of RUNGS) {
  test(`planRungs() ${JSON.stringify(strategy)} with ${trials} trials has ${rungs.length}`, () => {
    assert.deepEqual(
      planRungs(strategy, trials),
      rungs.map(([count, max_steps]) => ({ trials: count, max_steps })),
    )
  })
}

function runs(values: (JsonNumber | null)[], rung = 0): StoredRun[] {
  return values.map((value, trial) => ({
    job: `job_${rung}_${trial}`,
    trial,
    rung,
    status: value === null ? 'failed' : 'succeeded',
    step: 1,
    stoppedBy: null,
    value,
  }))
}

const MIN: Objective = { metric: 'loss', goal: 'min' }
const MAX: Objective = { metric: 'accuracy', goal: 'max' }
const ORDERS: [what: string, values: (JsonNumber | null)[], objective: Objective, order: number[]][] = [
  ['the least first', [3, 1, 2], MIN, [1, 2, 0]],
  ['the greatest first', [3, 1, 2], MAX, [0, 2, 1]],
  ['equal ones by trial', [2, 1, 2, 1], MIN, [1, 3, 0, 2]],
  ['without those that failed, or came to NaN', [null, 'NaN', 5, null, 4], MIN, [4, 2]],
  ['infinities as numbers', ['Infinity', 1e300, '-Infinity'], MIN, [2, 1, 0]],
  ['infinities as numbers of which the greatest is the best', ['Infinity', 1e300, '-Infinity'], MAX, [0, 1, 2]],
  ['nothing where all have failed', [null, 'NaN'], MIN, []],
]
for (const [what, values, objective, order] of ORDERS) {
  test(`ranked() has ${what}`, () => {
    assert.deepEqual(
      ranked(runs(values), objective).map(({ trial }) => trial),
      order,
    )
  })
}

/** Runs that a finding has stopped, after so many steps. */
function stoppedAt(steps: number[], rung = 0): StoredRun[] {
  return runs(
    steps.map(() => null),
    rung,
  ).map((run) => ({ ...run, step: steps[run.trial]!, stoppedBy: 'vanishing' }))
}

const RUNGS_OF_NINE = planRungs(halving(3), 9)
const NEXT: [what: string, before: StoredRun[], trials: number[]][] = [
  ['the best third goes on, in order of trials', runs([9, 1, 8, 2, 7, 3, 6, 5, 4]), [1, 3, 5]],
  ['of equal ones the lower trials go on', runs([1, 1, 1, 1, 1, 1, 1, 1, 1]), [0, 1, 2]],
  ['fewer go on than could where the others failed', runs([null, null, 'NaN', null, 4, null, null, null, null]), [4]],
  ['a stopped trial does not go on beside one with a value', [...stoppedAt([9, 5]), runs([0, 0, 4])[2]!], [2]],
  ['those that went furthest go on where all were stopped', stoppedAt([1, 2, 9, 3, 8, 8, 4, 5, 8]), [2, 4, 5]],
  ['failed ones do not go on with those that were stopped', [...runs([null, null]), stoppedAt([0, 0, 7])[2]!], [2]],
  ['nobody goes on where all have failed', runs(Array.from({ length: 9 }, () => null)), []],
  ['the newest rung counts', [...runs([1, 9, 9, 9, 9, 9, 9, 9, 9]), ...runs([3, 2, 1], 1)], [2]],
  ['nobody goes on after the last', [...runs([1, 1, 1]), ...runs([1], 2)], []],
]
for (const [what, before, trials] of NEXT) {
  test(`nextRung(): ${what}`, () => {
    const rung = Math.max(...before.map((run) => run.rung)) + 1
    assert.deepEqual(
      nextRung(before, RUNGS_OF_NINE, MIN),
      trials.map((trial) => ({ rung, trial })),
    )
  })
}

test('findBest() is the best of those that trained for longest', () => {
  assert.equal(findBest([...runs([1, 5, 6]), ...runs([4, 3], 1)], MIN)?.job, 'job_1_1')
  assert.equal(findBest([...runs([1, 5, 6]), ...runs([null, 'NaN'], 1)], MIN)?.job, 'job_0_0')
  assert.equal(findBest(runs([null]), MIN), undefined)
})

test('planRungs() counts the repeats of a point as its trials', () => {
  assert.deepEqual(planRungs(halving(3), 27, 3), [
    { trials: 27, max_steps: 10 },
    { trials: 9, max_steps: 30 },
    { trials: 3, max_steps: 90 },
  ])
})

const REPEATED: [what: string, values: (JsonNumber | null)[], trials: number[], best: number][] = [
  ['by the median, and not by the luckiest run', [1, 9, 9, 4, 4, 4, 7, 7, 7], [3, 4, 5], 4],
  ['a run that failed for the worst', [1, null, null, 4, 4, 4, 7, 7, 7], [3, 4, 5], 4],
  [
    'all runs with a value of the best point, the middle one of which is the best',
    [3, 1, null, 4, 4, 4, 7, 7, 7],
    [0, 1],
    1,
  ],
  ['equal points by their numbers', [2, 2, 2, 2, 2, 2, 2, 2, 2], [0, 1, 2], 1],
]
for (const [what, values, trials, best] of REPEATED) {
  test(`nextRung() and findBest() take, of three points with three repeats, ${what}`, () => {
    const all = runs(values)
    assert.deepEqual(
      nextRung(all, planRungs(halving(3), 9, 3), MIN, 3).map(({ trial }) => trial),
      trials,
    )
    assert.equal(findBest(all, MIN, 3)?.trial, best)
  })
}
