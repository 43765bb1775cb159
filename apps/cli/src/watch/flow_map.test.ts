import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { FlowPage, FlowTile } from '@unroll/client'
import { LABEL, drawFlowMap } from './flow_map.ts'
import { measureLine } from './paint.ts'

const PROGRESS = { object: 'flow' as const, cursor: '', done: false, first_step: 1, layer: 0, layers: 1 }

/** A row for each step, a value for each time step. */
function page(log10_norm: (number | null)[][]): FlowPage {
  const [steps, timesteps] = [log10_norm, log10_norm[0] ?? []].map((all) => [...all.keys()].map((at) => at + 1))
  return { ...PROGRESS, steps: steps ?? [], timesteps: timesteps ?? [], log10_norm }
}

const PLAIN = { lines: 8, bits: 1, last: 9 } as const

test('drawFlowMap() has time upwards and steps to the right, in shades of the decades of the run', () => {
  const map = drawFlowMap(
    page([
      [-3, 0],
      [0, -3],
    ]),
    { ...PLAIN, columns: LABEL + 4 },
  )
  assert.deepEqual(map?.lines, ['     9 ██  ', '     1   ██'])
  assert.equal(map?.scale, '1e-3  ·░▒▓█ 1e0  N NaN  ! Inf  0 zero')
})

test('drawFlowMap() shows NaN before Inf before the greatest norm before exact zeros, and leaves out what is not measured', () => {
  const rows = [
    [NaN, Infinity, -1],
    [Infinity, -2, -Infinity],
    [-Infinity, -Infinity, -Infinity],
    [null, null, null],
  ]
  const columns = rows.map((row) => drawFlowMap(page([row]), { ...PLAIN, lines: 1, columns: LABEL + 1 })?.lines.join())
  assert.deepEqual(columns, ['     9 N', '     9 !', '     9 0', '     9  '])
})

test('drawFlowMap() of buckets knows what they counted', () => {
  const counts = [[1, 0, 0, 0]]
  const tile: FlowTile = {
    ...PROGRESS,
    bucket_steps: 8,
    bucket_timesteps: 2,
    steps: [1],
    last_step: 8,
    timesteps: [1, 3, 5, 7],
    log10_norm: { min: [[null, null, 1, 2]], max: [[1, null, 1, 2]], nan: counts, infinity: [[1, 1, 0, 0]] },
  }
  assert.deepEqual(
    drawFlowMap(tile, { ...PLAIN, columns: LABEL + 1 })?.lines.map((line) => line.slice(LABEL)),
    ['█', ' ', '!', 'N'],
  )
})

test('drawFlowMap() puts two time steps into a line of colours, on the scale of all runs', () => {
  const map = drawFlowMap(page([[-8, 4, -20, 20]]), { columns: LABEL + 1, lines: 8, bits: 8, last: 4 })
  assert.deepEqual(map?.lines, ['     4 \x1b[38;5;226;48;5;53m▀\x1b[0m', '     1 \x1b[38;5;226;48;5;53m▀\x1b[0m'])
})

for (const columns of [40, 79, 199])
  for (const bits of [1, 8] as const)
    test(`drawFlowMap() fills ${columns} columns with ${bits} bits of colour, whatever it is of`, () => {
      for (const count of [1, 7, 300]) {
        const map = drawFlowMap(page(Array.from({ length: count }, () => [-1, -2, -3])), {
          columns,
          lines: 3,
          bits,
          last: 3,
        })
        assert.ok(map !== undefined && map.lines.length > 0)
        for (const line of map.lines) assert.equal(measureLine(line), columns)
      }
    })

test('drawFlowMap() has nothing to draw before the first row', () => {
  assert.equal(drawFlowMap(page([]), { ...PLAIN, columns: 80 }), undefined)
})
