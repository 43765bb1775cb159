import { SPECIALS, viridis } from '@unroll/client'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MISSING, type FlowGrid, type FlowLines } from '../data/flow_rows.ts'
import { paint, resample } from './heatmap_pixels.ts'

function grid(
  steps: number[],
  rows: number[][],
  { span = 1, lines = {} }: { span?: number; lines?: Partial<FlowLines> } = {},
): FlowGrid {
  return {
    steps: Float64Array.from(steps),
    spans: Float64Array.from(steps, () => span),
    lines: { from: 1, width: 1, count: rows[0]?.length ?? 0, ...lines },
    values: Float32Array.from(rows.flat()),
    counts: { nan: 0, infinity: 0, zero: 0 },
  }
}

const upTo = (to: number) => ({ timesteps: { from: 1, to } })

test('resample() puts the last time step on top and the first training step on the left', () => {
  const small = grid(
    [1, 2],
    [
      [-1, -2],
      [-3, -4],
    ],
  )
  const pixels = resample(small, { from: 0.5, to: 2.5, width: 2, height: 2, ...upTo(2) })
  assert.deepEqual([...pixels], [-2, -4, -1, -3])
})

test('resample() keeps one spike among more rows than pixels', () => {
  const rows = Array.from({ length: 1000 }, (_, row) => [row === 617 ? 4 : -2])
  const steps = rows.map((_, row) => row + 1)
  const pixels = resample(grid(steps, rows), { from: 1, to: 1000, width: 50, height: 1, ...upTo(1) })
  assert.equal(pixels.filter((value) => value === 4).length, 1)
  assert.equal(pixels.filter((value) => value === -2).length, 49)
})

for (const [values, kept] of [
  [[-1, Number.NaN, Infinity], Number.NaN],
  [[-1, Infinity, -Infinity], Infinity],
  [[-9, -2, -Infinity], -2],
  [[-Infinity, -Infinity, -Infinity], -Infinity],
  [[MISSING, -5, MISSING], -5],
] as const) {
  test(`resample() keeps ${kept} of ${values.join(', ')} in one pixel`, () => {
    const pixels = resample(grid([1], [[...values]]), { from: 0.5, to: 1.5, width: 1, height: 1, ...upTo(3) })
    assert.deepEqual([...pixels], [kept])
  })
}

test('resample() leaves a hole in the rows empty', () => {
  const steps = [1, 2, 3, 4, 20, 21, 22, 23]
  const pixels = resample(
    grid(
      steps,
      steps.map(() => [-1]),
    ),
    { from: 0.5, to: 23.5, width: 23, height: 1, ...upTo(1) },
  )
  assert.equal(pixels.filter((value) => value === -1).length, 8)
  assert.equal(pixels.filter((value) => value === MISSING).length, 15)
})

test('resample() fills the steps of a bucket, and shows the time steps asked for of lines that have several', () => {
  const tile = grid(
    [8.5, 24.5],
    [
      [-1, -2, -3],
      [-4, -5, -6],
    ],
    { span: 16, lines: { from: 1, width: 4, count: 3 } },
  )
  const pixels = resample(tile, { from: 1, to: 32, width: 8, height: 4, timesteps: { from: 7, to: 10 } })
  const column = (x: number) => Array.from({ length: 4 }, (_, y) => pixels[y * 8 + x])
  assert.deepEqual(column(0), [-3, -3, -2, -2])
  for (let x = 0; x < 4; x += 1) assert.deepEqual(column(x), column(0))
  for (let x = 4; x < 8; x += 1) assert.deepEqual(column(x), [-6, -6, -5, -5])
})

test('resample() leaves no hole between a wide bucket and a narrow one', () => {
  const tile = { ...grid([50.5, 101], [[-1], [-2]]), spans: Float64Array.of(100, 2) }
  const pixels = resample(tile, { from: 1, to: 102, width: 51, height: 1, ...upTo(1) })
  assert.deepEqual([pixels.filter((value) => value === -1).length, pixels[50]], [50, -2])
})

test('paint() colours specials by their own colours and leaves what was not measured transparent', () => {
  const rgba = new Uint8ClampedArray(5 * 4)
  paint(
    Float32Array.from([Number.NaN, Infinity, -Infinity, MISSING, 0]),
    { decades: { min: -1, max: 0 }, colour: viridis },
    rgba,
  )
  const pixel = (index: number) => [...rgba.subarray(index * 4, index * 4 + 4)]
  for (const [index, { colour }] of SPECIALS.entries()) assert.deepEqual(pixel(index), [...colour, 255])
  assert.deepEqual(pixel(3), [0, 0, 0, 0])
  assert.deepEqual(pixel(4), [0xfd, 0xe7, 0x25, 255])
})
