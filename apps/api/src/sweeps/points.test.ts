import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { JobStatus, JsonNumber, Objective } from '@unroll/contract'
import type { StoredRun } from '@unroll/store'
import { describeBand, groupPoints } from './points.ts'

const MIN: Objective = { metric: 'loss', goal: 'min' }
const MAX: Objective = { metric: 'accuracy', goal: 'max' }

type Ended = [status: JobStatus | null, value: JsonNumber | null]

function runs(all: readonly Ended[]): StoredRun[] {
  return all.map(([status, value], trial) => ({
    job: `job_${trial}`,
    trial,
    rung: 0,
    status,
    step: 1,
    stoppedBy: null,
    value,
  }))
}

const BANDS: [
  what: string,
  objective: Objective,
  runs: Ended[],
  band: [values: number, min: JsonNumber | null, median: JsonNumber | null, max: JsonNumber | null],
][] = [
  [
    'its values',
    MIN,
    [
      ['succeeded', 3],
      ['succeeded', 1],
      ['succeeded', 2],
    ],
    [3, 1, 2, 3],
  ],
  [
    'the mean of the middle two of four',
    MAX,
    [
      ['succeeded', 1],
      ['succeeded', 2],
      ['succeeded', 4],
      ['succeeded', 8],
    ],
    [4, 1, 3, 8],
  ],
  [
    'a failed run as the worst, if the least is best',
    MIN,
    [
      ['succeeded', 1],
      ['failed', null],
      ['failed', null],
    ],
    [1, 1, 'Infinity', 1],
  ],
  [
    'a failed run as the worst, if the greatest is best',
    MAX,
    [
      ['succeeded', 1],
      ['succeeded', 5],
      ['failed', null],
    ],
    [2, 1, 1, 5],
  ],
  [
    'NaN as a run without a value',
    MIN,
    [
      ['succeeded', 'NaN'],
      ['succeeded', 1],
      ['succeeded', 2],
    ],
    [2, 1, 2, 2],
  ],
  [
    'no run that trains',
    MIN,
    [
      ['running', null],
      ['succeeded', 1],
      ['queued', null],
    ],
    [1, 1, 1, 1],
  ],
  [
    'nothing where no run has a value',
    MIN,
    [
      ['running', null],
      ['failed', null],
      [null, null],
    ],
    [0, null, null, null],
  ],
]
for (const [what, objective, all, [values, min, median, max]] of BANDS) {
  test(`describeBand() counts ${what}`, () => {
    const [point] = groupPoints(runs(all), objective, all.length)
    assert.ok(point)
    assert.deepEqual(describeBand(point, objective), { point: 0, rung: 0, runs: all.length, values, min, median, max })
  })
}
