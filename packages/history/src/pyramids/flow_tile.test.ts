import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { FlowTile } from './flow_tile.ts'
import { coverRange } from './grid.ts'

interface Row {
  step: number
  h: Float32Array
}

const WINDOW = 50
const NORM = fc.oneof(
  { weight: 5, arbitrary: fc.float({ min: -45, max: 38, noNaN: true }) },
  { weight: 1, arbitrary: fc.constantFrom(NaN, Infinity, -Infinity) },
)
/** Rows at ascending steps; some windows are short. */
const ROWS = fc
  .array(fc.record({ gap: fc.integer({ min: 1, max: 40 }), h: fc.array(NORM, { minLength: 1, maxLength: WINDOW }) }), {
    minLength: 1,
    maxLength: 60,
  })
  .map((rows) => {
    let step = 0
    return rows.map(({ gap, h }): Row => ({ step: (step += gap), h: Float32Array.from(h) }))
  })
const WIDTH = fc.constantFrom(1, 2, 8, 64)

function tileOf(rows: readonly Row[], width: number, lines: number): FlowTile {
  const tile = new FlowTile(width, coverRange({ from: 1, to: WINDOW }, lines))
  for (const { step, h } of rows) tile.add(step, { h }, WINDOW)
  return tile
}

/** Every value of the rows that a bucket has. */
function valuesIn(rows: readonly Row[], { width, lines }: FlowTile, bucket: number, line: number): number[] {
  return rows
    .filter(({ step }) => Math.floor((step - 1) / width) === bucket)
    .flatMap(({ h }) => {
      const before = WINDOW - h.length
      return [...h].filter((_, at) => Math.floor((before + at) / lines.width) - lines.first === line)
    })
}

test('FlowTile has the extremes and the counts of the rows, at every width', () => {
  let buckets = 0
  fc.assert(
    fc.property(ROWS, WIDTH, WIDTH, (rows, width, lines) => {
      const tile = tileOf(rows, width, lines)
      for (const [bucket, { h }] of tile.columns) {
        for (let line = 0; line < tile.lines.count; line++) {
          const values = valuesIn(rows, tile, bucket, line)
          const finite = values.filter(Number.isFinite)
          const wanted = [
            Math.min(...finite),
            Math.max(...finite),
            values.filter((value) => value === -Infinity).length,
            values.filter((value) => value === Infinity).length,
            values.filter(Number.isNaN).length,
          ]
          assert.deepEqual([h?.min[line], h?.max[line], h?.zero[line], h?.infinity[line], h?.nan[line]], wanted)
          buckets += 1
        }
      }
    }),
  )
  assert.ok(buckets > 1_000, `looked at ${buckets} buckets`)
})

test('FlowTile.merge() of narrow buckets gives what the rows would have given', () => {
  fc.assert(
    fc.property(ROWS, WIDTH, WIDTH, WIDTH, WIDTH, (rows, width, lines, times, taller) => {
      const narrow = tileOf(rows, width, lines)
      const wide = new FlowTile(width * times, coverRange({ from: 1, to: WINDOW }, lines * taller))
      for (const [bucket, columns] of narrow.columns) wide.merge(bucket, columns, narrow)
      assert.deepEqual(wide, tileOf(rows, width * times, lines * taller))
    }),
  )
})

test('FlowTile leaves out time steps beyond its lines', () => {
  const tile = new FlowTile(1, coverRange({ from: 11, to: 20 }, 5))
  tile.add(7, { h: Float32Array.from({ length: WINDOW }, (_, at) => at + 1) }, WINDOW)
  const { h } = tile.columns.get(6) ?? assert.fail()
  assert.deepEqual(
    [[...(h?.min ?? [])], [...(h?.max ?? [])]],
    [
      [11, 16],
      [15, 20],
    ],
  )
})
