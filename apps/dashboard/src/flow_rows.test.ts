import assert from 'node:assert/strict'
import { test } from 'node:test'
import { flowProfile } from './flow_profile.ts'
import { FlowRows, MISSING, type FlowPage } from './flow_rows.ts'

const T = 5

/** Rows whose value at step s and time step t is -(s + t / 100). */
function page(steps: number[], { timesteps = T, withCell = false } = {}): FlowPage {
  const rows = steps.map((step) => Array.from({ length: timesteps }, (_, t) => -(step + (t + 1) / 100)))
  return {
    steps,
    timesteps: Array.from({ length: timesteps }, (_, t) => t + 1),
    log10_norm: rows,
    ...(withCell ? { cell_state: rows.map((row) => row.map((value) => value * 2)) } : {}),
  }
}

test('FlowRows keeps every value of every row while it grows past its first capacity', () => {
  const rows = new FlowRows()
  for (let start = 0; start < 1000; start += 100) {
    rows.append(page(Array.from({ length: 100 }, (_, index) => start + index + 1)))
  }
  const { steps, timesteps, values } = rows.grid('h')
  assert.equal(steps.length, 1000)
  assert.equal(timesteps, T)
  assert.equal(values.length, 1000 * T)
  assert.ok(steps.every((step, row) => values[row * T + 2] === Math.fround(-(step + 0.03))))
})

test('FlowRows keeps the memory cell apart from the hidden state', () => {
  const rows = new FlowRows()
  assert.equal(rows.hasCellState, false)
  rows.append(page([10, 20], { withCell: true }))
  assert.equal(rows.hasCellState, true)
  assert.equal(rows.grid('h').values[T], Math.fround(-20.01))
  assert.equal(rows.grid('c').values[T], Math.fround(-40.02))
})

test('FlowRows.truncate() drops void rows, and append() leaves out steps it has', () => {
  const rows = new FlowRows()
  rows.append(page([10, 20, 30]))
  rows.truncate(20)
  rows.append(page([20, 30, 40]))
  assert.deepEqual([...rows.grid('h').steps], [10, 20, 30, 40])
})

test('FlowRows starts over when the number of time steps changes', () => {
  const rows = new FlowRows()
  rows.append(page([10, 20]))
  rows.append(page([30], { timesteps: 3 }))
  assert.deepEqual([...rows.grid('h').steps], [30])
  assert.equal(rows.grid('h').values.length, 3)
})

test('flowProfile() is one row over time steps: zero for -Infinity, NaN kept, null not present', () => {
  const rows = new FlowRows()
  rows.append({ ...page([7]), log10_norm: [[-2, -Infinity, Number.NaN, null, Infinity]] })
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
