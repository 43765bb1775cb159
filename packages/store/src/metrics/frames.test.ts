import type { MetricRow } from '@unroll/contract'
import * as fc from 'fast-check'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeFlow, decodeScalars, encodeFlow, encodeScalars, endOfFrame } from './frames.ts'
import { flowRows, scalarRows } from '../testing/rows.ts'

const value = fc.oneof(fc.double(), fc.constantFrom(NaN, Infinity, -Infinity, -0, 5e-324))
const vector = fc.array(fc.oneof(fc.float(), fc.constantFrom(NaN, -Infinity, -0)), { maxLength: 20 })
const layer = fc.record(
  { h: vector.map((numbers) => Float32Array.from(numbers)), c: vector.map((numbers) => Float32Array.from(numbers)) },
  { requiredKeys: ['h'], noNullPrototype: true },
)
const rows = fc
  .array(
    fc.record(
      {
        series: fc.dictionary(fc.constantFrom('loss', 'grad_norm', 'accuracy', 'grad_norm/layers.0.Wh'), value, {
          noNullPrototype: true,
        }),
        flow: fc.array(layer, { minLength: 1, maxLength: 3 }),
      },
      { requiredKeys: ['series'], noNullPrototype: true },
    ),
    { minLength: 1, maxLength: 30 },
  )
  .map((list) => list.map((row, at): MetricRow => ({ step: 3 * at + 1, ...row })))
const place = { epoch: fc.integer({ min: 1, max: 2 ** 21 }), firstSeq: fc.integer({ min: 1, max: 2 ** 31 }) }

// assert.deepEqual in strict mode tells -0 from 0 and takes NaN as equal to itself.
test('decodeScalars() gives back what encodeScalars() took, bit for bit', () => {
  fc.assert(
    fc.property(rows, place.epoch, place.firstSeq, (list, epoch, firstSeq) => {
      const decoded = decodeScalars(encodeScalars(epoch, { firstSeq, rows: list }))
      assert.deepEqual(
        scalarRows([decoded]),
        list.map(({ step, series }) => ({ step, series })),
      )
      assert.deepEqual([decoded.epoch, ...decoded.seqs], [epoch, ...list.map((_, at) => firstSeq + at)])
    }),
  )
})

test('decodeFlow() gives back what encodeFlow() took, bit for bit, and leaves out rows without flow', () => {
  fc.assert(
    fc.property(rows, place.epoch, place.firstSeq, (list, epoch, firstSeq) => {
      const frame = encodeFlow(epoch, { firstSeq, rows: list })
      const observed = list.flatMap(({ step, flow }, at) =>
        flow === undefined ? [] : [{ seq: firstSeq + at, step, flow }],
      )
      const decoded = frame === undefined ? [] : [decodeFlow(frame)]
      assert.deepEqual(
        flowRows(decoded),
        observed.map(({ step, flow }) => ({ step, flow })),
      )
      assert.deepEqual(
        decoded.flatMap(({ seqs }) => [...seqs]),
        observed.map(({ seq }) => seq),
      )
      if (frame !== undefined) assert.deepEqual(endOfFrame(frame), { epoch, seq: firstSeq + list.length - 1 })
    }),
  )
})
