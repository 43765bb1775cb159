import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { FlowPage, FlowTile } from '@unroll/client'
import { flowProfile } from './flow_profile.ts'
import { FlowRows, MISSING } from './flow_rows.ts'

const T = 5
const HEAD = { object: 'flow', cursor: '1.1', done: false, first_step: 1, layer: 0, layers: 1 } as const

/** Rows whose value at step s and time step t is -(s + t / 100). */
function page(steps: number[], { timesteps = T, withCell = false } = {}): FlowPage {
  const rows = steps.map((step) => Array.from({ length: timesteps }, (_, t) => -(step + (t + 1) / 100)))
  return {
    ...HEAD,
    steps,
    timesteps: Array.from({ length: timesteps }, (_, t) => t + 1),
    log10_norm: rows,
    ...(withCell ? { cell_state: rows.map((row) => row.map((value) => value * 2)) } : {}),
  }
}

test('FlowRows keeps every value of every row while it grows past its first capacity', () => {
  const rows = new FlowRows()
  rows.show(page([]))
  for (let start = 0; start < 1000; start += 100) {
    rows.append(page(Array.from({ length: 100 }, (_, index) => start + index + 1)))
  }
  const { steps, lines, values } = rows.grid('h')
  assert.deepEqual([steps.length, rows.tail, rows.isWhole, rows.lastStep], [1000, 1000, true, 1000])
  assert.deepEqual(lines, { from: 1, width: 1, count: T })
  assert.equal(values.length, 1000 * T)
  assert.ok(steps.every((step, row) => values[row * T + 2] === Math.fround(-(step + 0.03))))
})

test('FlowRows keeps the memory cell apart from the hidden state', () => {
  const rows = new FlowRows()
  rows.show(page([10, 20], { withCell: true }))
  assert.equal(rows.grid('h').values[T], Math.fround(-20.01))
  assert.equal(rows.grid('c').values[T], Math.fround(-40.02))
})

test('FlowRows.append() leaves out steps it has, and show() starts over', () => {
  const rows = new FlowRows()
  rows.show(page([10, 20, 30]))
  rows.append(page([20, 30, 40]))
  assert.deepEqual([...rows.grid('h').steps], [10, 20, 30, 40])
  rows.show(page([20, 50], { timesteps: 3 }))
  assert.deepEqual([...rows.grid('h').steps, rows.tail], [20, 50, 0])
  assert.equal(rows.grid('h').values.length, 6)
})

const TILE: FlowTile = {
  ...HEAD,
  bucket_steps: 64,
  bucket_timesteps: 2,
  steps: [1, 65],
  last_step: 100,
  timesteps: [1, 3, 5],
  log10_norm: {
    min: [
      [-3, null, null],
      [-9, -8, -7],
    ],
    max: [
      [2, null, null],
      [-6, -5, -4],
    ],
    zero: [
      [1, 128, 0],
      [0, 0, 0],
    ],
    nan: [
      [0, 0, 0],
      [0, 3, 0],
    ],
  },
}

test('FlowRows takes of a bucket the most telling value, and counts what is not finite', () => {
  const rows = new FlowRows()
  rows.show(TILE)
  const { steps, spans, lines, values, counts } = rows.grid('h')
  assert.deepEqual([...steps, ...spans], [32.5, 82.5, 64, 36])
  assert.deepEqual(lines, { from: 1, width: 2, count: 3 })
  assert.deepEqual([...values], [2, -Infinity, MISSING, -6, Number.NaN, -4])
  assert.deepEqual(counts, { nan: 3, infinity: 0, zero: 129 })
  assert.deepEqual([rows.isWhole, rows.lastStep], [false, 100])
  rows.append({
    ...TILE,
    bucket_steps: 1,
    steps: [130],
    last_step: 130,
    log10_norm: { min: [[-1, -1, -1]], max: [[-1, -1, 0]] },
  })
  assert.deepEqual([...rows.grid('h').steps], [32.5, 82.5, 130])
  assert.equal(rows.grid('h').values[8], 0)
})

test('flowProfile() is one row over time steps: zero for -Infinity, NaN kept, null not present', () => {
  const rows = new FlowRows()
  rows.show({ ...page([7]), log10_norm: [[-2, -Infinity, Number.NaN, null, Infinity]] })
  assert.equal(rows.grid('h').values[3], MISSING)
  const { steps, columns } = flowProfile(rows.grid('h'), 0)
  assert.deepEqual([...steps], [1, 2, 3, 4, 5])
  assert.deepEqual([...(columns.get('norm')?.present ?? [])], [1, 1, 1, 0, 1])
  const values = columns.get('norm')?.values ?? []
  assert.deepEqual([values[0], values[1], values[2], values[4]], [0.01, 0, Number.NaN, Infinity])
})

test('flowProfile() of a row that does not exist is empty', () => {
  assert.equal(flowProfile(new FlowRows().grid('h'), -1).steps.length, 0)
})
