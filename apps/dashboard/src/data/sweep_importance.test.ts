import assert from 'node:assert/strict'
import { test } from 'node:test'
import { describeField, listMeasured, rateField } from './sweep_importance.ts'
import type { SweepRun } from '@unroll/client'

const runs = (rows: readonly (readonly [rate: number, cell: string, value: number | null])[]): SweepRun[] =>
  rows.map(([rate, cell, value], trial) => ({
    job: `job_${trial}`,
    trial,
    rung: 0,
    point: trial,
    changes: { '/rate': rate, '/cell': cell },
    status: 'succeeded',
    step: 1,
    stopped_by: null,
    value,
  }))

const rate = (field: string, all: SweepRun[]) => rateField(describeField(field, all), listMeasured({ runs: all }))

test('a number by which the objective only rises explains its order, whatever the scale', () => {
  const all = runs([
    [1e-4, 'a', 1],
    [1e-3, 'b', 1.001],
    [1e-2, 'a', 5],
    [1e-1, 'b', 900],
  ])
  assert.equal(rate('/rate', all), 1)
  assert.ok(describeField('/rate', all).isLog)
  assert.ok((rate('/cell', all) ?? 1) < 0.3)
})

test('names by which the objective differs explain its order', () => {
  const all = runs([
    [1, 'a', 1],
    [2, 'b', 9],
    [2, 'a', 1],
    [1, 'b', 9],
  ])
  assert.equal(rate('/cell', all), 1)
  assert.equal(rate('/rate', all), 0)
  assert.deepEqual(describeField('/cell', all).values, ['a', 'b'])
})

test('NaN and Infinity rank last, and a run without a value is left out', () => {
  const all = runs([
    [1, 'a', 0.1],
    [2, 'a', 0.2],
    [3, 'a', NaN],
    [4, 'a', Infinity],
    [9, 'a', null],
  ])
  assert.ok((rate('/rate', all) ?? 0) > 0.8)
  assert.equal(rate('/cell', all), null, 'all have one value')
})

test('two runs say nothing', () => {
  const all = runs([
    [1, 'a', 0.1],
    [2, 'b', 0.2],
  ])
  assert.equal(rate('/rate', all), null)
})
