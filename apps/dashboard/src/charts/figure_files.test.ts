import assert from 'node:assert/strict'
import { test } from 'node:test'
import { writeCsv } from './figure_files.ts'
import { buildSheet } from './line_figure.ts'
import { emptySpread } from '../data/spread.ts'

const series = [
  { name: 'loss', label: 'training', colour: '--series-1' },
  { name: 'never', label: 'never measured', colour: '--series-2' },
] as const

test('a sheet has NaN and Infinity by name, nothing where nothing was measured, and no column of what never was', () => {
  const column = {
    values: Float64Array.of(0.5, Number.NaN, 0, Infinity, 7),
    present: Uint8Array.of(1, 1, 0, 1, 1),
  }
  const table = { steps: Float64Array.of(1, 2, 3, 4, 5), columns: new Map([['loss', column]]) }
  const text = writeCsv(buildSheet(table, { series, range: { from: 1, to: 4 }, unit: 'step' }))
  assert.equal(text, 'step,loss\n1,0.5\n2,NaN\n3,\n4,Infinity\n')
})

test('a bucket of steps has its least and its greatest value beside its last', () => {
  const spread = emptySpread(1)
  spread.n[0] = 10
  spread.least[0] = -2
  spread.greatest[0] = 90
  const column = { values: Float64Array.of(3), present: Uint8Array.of(1), spread }
  const table = { steps: Float64Array.of(10), columns: new Map([['loss', column]]) }
  const sheet = buildSheet(table, { series, range: { from: 0, to: 10 }, unit: 'step' })
  assert.equal(writeCsv(sheet), 'step,loss,loss least,loss greatest\n10,3,-2,90\n')
})

test('names with commas and quotes are quoted', () => {
  assert.equal(writeCsv({ columns: ['a,b', 'say "c"'], rows: [] }), '"a,b","say ""c"""\n')
})
