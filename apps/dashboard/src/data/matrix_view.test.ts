import assert from 'node:assert/strict'
import { test } from 'node:test'
import { cellWords, marginTable, sourceRange, toHeatColumns, type MatrixLayer } from './matrix_view.ts'

const LAYER: MatrixLayer = {
  layer: 0,
  sources: [1, 3],
  log10_norm: [
    [-1, 0, -Infinity],
    [-2, -1, 0],
  ],
  flow: [-1, 0, 0],
}

test('toHeatColumns() has a column for each time step, the last source first', () => {
  assert.deepEqual(toHeatColumns(LAYER), [
    [0.01, 0.1],
    [0.1, 1],
    [1, 0],
  ])
})

test('marginTable() has the flow of all sources, and the norms of the last', () => {
  const { steps, columns } = marginTable(LAYER)
  assert.deepEqual([...steps], [1, 2, 3])
  assert.deepEqual([...columns.get('flow')!.values], [0.1, 1, 1])
  assert.deepEqual([...columns.get('last')!.values], [0.01, 0.1, 1])
})

test('cellWords() names the time steps of the source, which goes on to the next', () => {
  assert.deepEqual(
    [sourceRange(LAYER, 0), sourceRange(LAYER, 1)],
    [
      [1, 2],
      [3, 3],
    ],
  )
  assert.match(cellWords(LAYER, 0, 2), /^The loss of time steps 1.2 teaches the state of time step 2 with 1$/)
  assert.match(cellWords(LAYER, 1, 1), /^The loss of time step 3 teaches the state of time step 1 with 0\.01$/)
})
