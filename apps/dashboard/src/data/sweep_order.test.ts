import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Sweep, SweepRun } from '@unroll/client'
import { listChangedFields, inOrder } from './sweep_order.ts'

function runs(...values: [rung: number, value: SweepRun['value']][]): SweepRun[] {
  return values.map(([rung, value], trial) => ({
    job: `job_${trial}`,
    trial,
    rung,
    point: trial,
    changes: { '/a': trial, ...(trial === 1 && { '/b': 1 }) },
    status: 'succeeded',
    step: 1,
    stopped_by: null,
    value,
  }))
}

const ORDERS: [goal: Sweep['objective']['goal'], order: number[]][] = [
  ['min', [4, 2, 3, 5, 0, 1]],
  ['max', [4, 3, 5, 2, 0, 1]],
]
for (const [goal, order] of ORDERS) {
  test(`inOrder() has the last rung first, and the ${goal} of each first`, () => {
    const all = runs([0, null], [0, NaN], [0, 1], [0, 2], [1, 9], [0, 2])
    const sorted = inOrder({ runs: all, objective: { metric: 'loss', goal } })
    assert.deepEqual(
      sorted.map(({ trial }) => trial),
      order,
    )
  })
}

test('listChangedFields() names each field that a run sets once', () => {
  assert.deepEqual(listChangedFields({ runs: runs([0, 1], [0, 2], [0, 3]) }), ['/a', '/b'])
})
