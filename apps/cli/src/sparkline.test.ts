import assert from 'node:assert/strict'
import { test } from 'node:test'
import { figure, progressBar } from './run_view.ts'
import { sparkline } from './sparkline.ts'

const SPARKS: [what: string, values: (number | null)[], width: number, line: string][] = [
  ['is empty for no values', [], 5, ''],
  ['is logarithmic', [1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1], 8, '▁▂▃▄▅▆▇█'],
  ['is flat for equal values', [2, 2, 2], 5, '▁▁▁'],
  ['shows what is not finite, what is zero and what was not measured', [1, NaN, Infinity, 0, null, 10], 9, '▁!!▁ █'],
  ['keeps a spike of one step', [...Array<number>(500).fill(1), 9, ...Array<number>(499).fill(1)], 4, '▁▁█▁'],
  ['keeps a NaN among many', [...Array<number>(99).fill(1), NaN], 2, '▁!'],
]
for (const [what, values, width, line] of SPARKS)
  test(`sparkline() ${what}`, () => assert.equal(sparkline(values, width), line))

const BARS: [share: number, bar: string][] = [
  [0, '[░░░░] 0%'],
  [0.5, '[██░░] 50%'],
  [0.999, '[███░] 99%'],
  [1, '[████] 100%'],
]
for (const [share, bar] of BARS) test(`progressBar(${share}) is ${bar}`, () => assert.equal(progressBar(share, 4), bar))

const FIGURES: [value: number | null, text: string][] = [
  [0.123456, '0.1235'],
  [-0, '0'],
  [1e-9, '1e-9'],
  [NaN, 'NaN'],
  [-Infinity, '-Infinity'],
  [null, '-'],
]
for (const [value, text] of FIGURES) test(`figure(${value}) is "${text}"`, () => assert.equal(figure(value), text))
