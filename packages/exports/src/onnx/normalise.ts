// Inputs in the units of the data, as a network reads them: what packages/tasks/src/sequences/input_reader.ts does, in a graph.

import type { DecodedField, DecodedScale, SequencesDecoding } from '@unroll/contract'
import { fieldWidth, mayMiss } from '../proof/drawn_rows.ts'
import { DataType, type GraphWriter, type Value } from './graph.ts'

/** The axis of the steps in [N,T,F]. */
const TIME = 1

/**
 * @param raw float32 [N,T,F]: the fields of the data side by side, a class by its number, NaN where a value is missing
 * @param rows int64 [2], N and 1
 * @returns float32 [N,T,X]
 */
export function normalise(graph: GraphWriter, model: SequencesDecoding, raw: Value, rows: Value): Value {
  const { fields, masked } = model.inputs
  const widths = fields.map(fieldWidth)
  const parts =
    fields.length === 1 ? [raw] : graph.addMany('Split', [raw, graph.integers(widths)], fields.length, { axis: 2 })
  const read = fields.map((field, index) => readField({ graph, model, rows }, field, parts[index]!))
  const observed = fields.flatMap((field, index) =>
    masked.includes(field.name) ? [isObserved(graph, parts[index]!)] : [],
  )
  const all = [...read, ...observed]
  return all.length === 1 ? all[0]! : graph.add('Concat', all, { axis: 2 })
}

interface Reading {
  readonly graph: GraphWriter
  readonly model: SequencesDecoding
  readonly rows: Value
}

function readField(reading: Reading, field: DecodedField, part: Value): Value {
  const { graph, model } = reading
  const { categories = [], scales = [] } = field
  const isImputed = model.inputs.missing === 'impute'
  if (field.type !== 'number') {
    const ids = isImputed ? fillForward(reading, part, [0]) : part
    const classes = graph.constant(
      'classes',
      [categories.length],
      Float32Array.from(categories, (_, id) => id),
    )
    return graph.add('Cast', [graph.add('Equal', [ids, classes])], { to: DataType.FLOAT }) // NaN equals none
  }
  const means = scales.map(({ mean }) => mean)
  const known = isImputed
    ? fillForward(reading, part, means)
    : mayMiss(model, field)
      ? graph.add('Where', [graph.add('IsNaN', [part]), vector(graph, means), part])
      : part
  if (isPlain(scales)) return known
  const precise = (of: 'offset' | 'unit') =>
    graph.constant(
      of,
      [scales.length],
      Float64Array.from(scales, (s) => s[of]),
    )
  const shifted = graph.add('Sub', [graph.add('Cast', [known], { to: DataType.DOUBLE }), precise('offset')])
  return graph.add('Cast', [graph.add('Div', [shifted, precise('unit')])], { to: DataType.FLOAT })
}

/** Whether numbers are read and answered as they are. */
export function isPlain(scales: readonly DecodedScale[]): boolean {
  return scales.every(({ offset, unit }) => offset === 0 && unit === 1)
}

function isObserved(graph: GraphWriter, part: Value): Value {
  return graph.add('Cast', [graph.add('Not', [graph.add('IsNaN', [part])])], { to: DataType.FLOAT })
}

/** Each missing value as the one at the step before, the first ones as given. */
function fillForward({ graph, rows }: Reading, part: Value, first: readonly number[]): Value {
  const width = first.length
  const body = graph.inner()
  const last = body.input({ name: 'last', type: DataType.FLOAT, shape: ['batch', width] })
  const value = body.input({ name: 'value', type: DataType.FLOAT, shape: ['batch', width] })
  const known = body.add('Where', [body.add('IsNaN', [value]), last, value])
  body.output(known, { name: 'last.next', type: DataType.FLOAT, shape: ['batch', width] })
  body.output(known, { name: 'known', type: DataType.FLOAT, shape: ['batch', width] })
  const start = graph.add('Expand', [vector(graph, first), rows])
  const [, filled] = graph.addMany('Scan', [start, part], 2, {
    body: body.finish('fill_forward'),
    num_scan_inputs: 1,
    scan_input_axes: [TIME],
    scan_output_axes: [TIME],
  })
  return filled!
}

function vector(graph: GraphWriter, values: readonly number[]): Value {
  return graph.constant('vector', [values.length], Float32Array.from(values))
}
