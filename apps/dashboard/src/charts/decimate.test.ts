import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import type { Column } from '../data/columns.ts'
import { decimate, type DecimateView, type Drawing } from './decimate.ts'

function column(values: readonly (number | null)[]): Column {
  return {
    values: Float64Array.from(values, (value) => value ?? 0),
    present: Uint8Array.from(values, (value) => (value === null ? 0 : 1)),
  }
}

function draw(values: readonly (number | null)[], view: Partial<DecimateView> = {}, sparse = false): Drawing {
  const steps = Float64Array.from(values, (_, index) => index + 1)
  return decimate(steps, [{ column: column(values), sparse }], {
    from: 1,
    to: values.length,
    pixels: 100,
    log: false,
    ...view,
  })
}

const wave = (length: number) => Array.from({ length }, (_, index) => Math.sin(index / 50))

test('decimate() passes every value on while there are fewer than four for each pixel', () => {
  const { x, y, points } = draw(wave(399))
  assert.equal(x.length, 399)
  assert.deepEqual(y[0], wave(399))
  assert.deepEqual(points, [399])
})

test('decimate() draws at most two points a pixel from four values a pixel on, and says how many it stands for', () => {
  const { x, y, points } = draw(wave(50_000))
  assert.ok(x.length <= 2 * 101, `drew ${x.length} points on 100 pixels`)
  assert.equal(y[0]?.length, x.length)
  assert.deepEqual(points, [50_000])
})

test('decimate() never loses a spike of one step, whatever its place and sign', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 9_999 }), fc.constantFrom(1e6, -1e6), (at, spike) => {
      const { y } = draw(wave(10_000).with(at, spike))
      assert.ok(y[0]?.includes(spike), `lost ${spike} at ${at}`)
    }),
  )
})

test('decimate() keeps the least and the greatest value of the whole', () => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), { minLength: 500, maxLength: 2_000 }),
      (values) => {
        const drawn = (draw(values).y[0] ?? []).filter((value) => typeof value === 'number')
        assert.equal(Math.min(...drawn), Math.min(...values))
        assert.equal(Math.max(...drawn), Math.max(...values))
      },
    ),
  )
})

test('decimate() keeps steps in ascending order', () => {
  fc.assert(
    fc.property(fc.integer({ min: 2, max: 5_000 }), fc.integer({ min: 1, max: 400 }), (length, pixels) => {
      const { x } = draw(wave(length), { pixels })
      assert.ok(x.every((step, index) => index === 0 || step > (x[index - 1] ?? Infinity)))
    }),
  )
})

for (const length of [400 - 1, 4_000]) {
  test(`decimate() marks NaN and infinities among ${length} values, and breaks the line there`, () => {
    const { marks, counts, points } = draw(wave(length).with(10, Number.NaN).with(150, Infinity).with(300, -Infinity))
    assert.deepEqual(
      marks.map(({ step, kind }) => [step, kind]),
      [
        [11, 'nan'],
        [151, 'infinity'],
        [301, '-infinity'],
      ],
    )
    assert.deepEqual(counts, { nan: 1, infinity: 1, '-infinity': 1, zero: 0 })
    assert.deepEqual(points, [length - 3])
  })
}

test('decimate() marks each kind once a pixel and counts all of it', () => {
  const { marks, counts, y } = draw(Array.from({ length: 1_000 }, () => Number.NaN))
  assert.equal(counts.nan, 1_000)
  assert.ok(marks.length <= 101 && marks.length >= 100, `made ${marks.length} marks`)
  assert.ok(y[0]?.every((value) => value === null))
})

test('decimate() leaves a gap for what a dense series lacks and joins a sparse one across it', () => {
  assert.deepEqual(draw([1, null, 3]).y[0], [1, null, 3])
  assert.deepEqual(draw([1, null, 3], {}, true).y[0], [1, undefined, 3])
})

test('decimate() draws log10 on a log axis and marks the exact zero there', () => {
  const { y, counts } = draw([100, 0, 0.01], { log: true })
  assert.deepEqual(y[0], [2, null, -2])
  assert.equal(counts.zero, 1)
})

test('decimate() draws the view and one row beyond each edge', () => {
  assert.deepEqual(draw(wave(100), { from: 39.5, to: 50 }).x, [39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51])
})

test('decimate() of no rows is empty', () => {
  assert.deepEqual(draw([]).x, [])
})

/** Buckets of ten steps, by their least, greatest and last value. */
function buckets(rows: readonly { least: number; greatest: number; last: number; nan?: number }[]): Column {
  const of = (pick: (row: (typeof rows)[number], at: number) => number) => Float64Array.from(rows, pick)
  return {
    values: of(({ last }) => last),
    present: Uint8Array.from(rows, () => 1),
    spread: {
      first: of((_, at) => at * 10 + 1),
      n: of(({ nan = 0 }) => 10 - nan),
      least: of(({ least }) => least),
      greatest: of(({ greatest }) => greatest),
      mean: of(({ last }) => last),
      nan: of(({ nan = 0 }) => nan),
      infinity: of(() => 0),
      negativeInfinity: of(() => 0),
    },
  }
}

const drawBuckets = (drawn: Column, view: Partial<DecimateView> = {}) => {
  const steps = Float64Array.from(drawn.values, (_, at) => (at + 1) * 10)
  const whole = { from: 1, to: steps.length * 10, pixels: 100, log: false }
  return decimate(steps, [{ column: drawn, sparse: false }], { ...whole, ...view })
}

test('decimate() draws buckets by their last values, with their extremes beside and all their values counted', () => {
  const { x, y, bands, points, counts } = drawBuckets(
    buckets([
      { least: -1, greatest: 9, last: 2 },
      { least: 3, greatest: 1e6, last: 4, nan: 3 },
    ]),
  )
  assert.deepEqual(
    [x, y[0]],
    [
      [10, 20],
      [2, 4],
    ],
  )
  assert.deepEqual(bands[0], [
    { from: 1, to: 10, least: -1, greatest: 9 },
    { from: 11, to: 20, least: 3, greatest: 1e6 },
  ])
  assert.deepEqual([points, counts.nan], [[17], 3])
})

test('decimate() draws many buckets by the extremes of all of them', () => {
  const rows = Array.from({ length: 1_000 }, () => ({ least: 0, greatest: 1, last: 0.5 }))
  const { y, points } = drawBuckets(buckets(rows.with(333, { least: -8, greatest: 7e5, last: 0.5 })))
  assert.ok(y[0]?.includes(7e5) && y[0].includes(-8))
  assert.deepEqual(points, [10_000])
})

test('decimate() of buckets on a log axis marks one that has an exact zero', () => {
  const { bands, marks } = drawBuckets(buckets([{ least: 0, greatest: 100, last: 10 }]), { log: true })
  assert.deepEqual(marks, [{ series: 0, step: 10, kind: 'zero' }])
  assert.deepEqual(bands[0], [{ from: 1, to: 10, least: 2, greatest: 2 }])
})
