import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { LayerFlow } from '@unroll/contract'
import type { FlowBlock } from '@unroll/store'
import { FlowPyramid } from './flow_pyramid.ts'
import { FlowTile } from './flow_tile.ts'
import { coverRange } from './grid.ts'

const WINDOW = 300

interface Row {
  seq: number
  step: number
  flow: LayerFlow[]
}

function rowAt(seq: number): Row {
  const h = Float32Array.from({ length: WINDOW }, (_, at) => Math.sin(seq * 7 + at) - at)
  if (seq % 50 === 0) h.set([NaN, Infinity, -Infinity], seq % WINDOW)
  const c = h.map((value) => value / 2)
  const flow = [{ h, c }, seq % 3 === 0 ? { h: c, probe: h.slice(100) } : { h: c }]
  return { seq, step: seq * 5, flow }
}

function buildBlock(rows: readonly Row[]): FlowBlock {
  return {
    epoch: 1,
    seqs: Uint32Array.from(rows, ({ seq }) => seq),
    steps: Float64Array.from(rows, ({ step }) => step),
    flow: rows.map(({ flow }) => flow),
  }
}

const ROWS = Array.from({ length: 1_000 }, (_, at) => rowAt(at + 1))

test('FlowPyramid has at most 256 by 128 buckets, those of the rows themselves, whatever the run has', () => {
  const pyramid = new FlowPyramid(WINDOW)
  for (let from = 0; from < ROWS.length; from += 77) pyramid.add(buildBlock(ROWS.slice(from, from + 77)))
  assert.deepEqual([pyramid.step, pyramid.end], [5_000, { epoch: 1, seq: 1_000 }])
  assert.equal(pyramid.layers.length, 2)
  for (const [layer, tile] of pyramid.layers.entries()) {
    const whole = new FlowTile(32, coverRange({ from: 1, to: WINDOW }, 4))
    for (const { step, flow } of ROWS) whole.add(step, flow[layer] ?? assert.fail(), WINDOW)
    assert.deepEqual([tile.width, tile.lines.count, tile.columns.size], [32, 75, 157])
    assert.deepEqual(tile, whole)
  }
})

test('FlowPyramid.decode() gives back what encode() wrote, and goes on from there', () => {
  const pyramid = new FlowPyramid(WINDOW)
  pyramid.add(buildBlock(ROWS.slice(0, 600)))
  const copy = FlowPyramid.decode(pyramid.encode())
  assert.deepEqual(copy, pyramid)
  for (const each of [copy, pyramid]) each.add(buildBlock(ROWS.slice(600)))
  assert.deepEqual(copy, pyramid)
})

test('FlowPyramid of a run whose first row is late begins with wide buckets', () => {
  const pyramid = new FlowPyramid(WINDOW)
  pyramid.add(buildBlock([{ ...rowAt(1), step: 100_000 }]))
  assert.deepEqual([pyramid.layers[0]?.width, [...(pyramid.layers[0]?.columns.keys() ?? [])]], [512, [195]])
})
