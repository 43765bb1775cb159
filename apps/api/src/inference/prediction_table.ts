// Sequences and answers as tables in Arrow, a row for each sequence.

import { MOST_INPUTS, fromJsonNumber, type Prediction, type SequencePrediction } from '@unroll/contract'
import { encodeColumns, type ArrowColumn, type ArrowRow } from '@unroll/datasets'
import { readRows } from './table_body.ts'
import { answerColumns } from './trace_formats.ts'

/**
 * Sequences of a table: a column for each field, in which a cell is the list of its steps; or one column of texts.
 *
 * @throws {UnrollError} INVALID_REQUEST where the bytes are no such table
 */
export function readInputs(table: Uint8Array): { inputs: unknown[] } {
  return { inputs: readRows(table, MOST_INPUTS).map(toInput) }
}

function toInput(row: ArrowRow): unknown {
  const [first, ...others] = Object.values(row)
  return others.length === 0 && typeof first === 'string' ? first : row
}

/** Columns `length`, those of the answer, and where asked for `nats`, `saliency`, lists such as `gates.0.f`, and of `steps`. */
export function predictionAsArrow({ job, checkpoint, step, ...prediction }: Prediction): Buffer {
  const { predictions = [], text, symbols } = prediction
  const about = { job, checkpoint, step: String(step) }
  if (text !== undefined || symbols !== undefined)
    return encodeColumns([{ name: 'text', type: 'text', values: symbols ?? [text ?? ''] }], about)
  const classes = Object.keys(predictions[0]?.answer.probabilities ?? {})
  const columns: ArrowColumn[] = [
    { name: 'length', type: 'count', values: predictions.map(({ length }) => length) },
    ...answerColumns(
      'answer',
      predictions.map(({ answer }) => answer),
    ),
    ...optional(predictions, 'nats', ({ nats }) => (nats === undefined || nats === null ? null : [nats])),
    ...optional(predictions, 'saliency', ({ saliency }) => saliency ?? null),
    ...optional(predictions, 'steps', ({ steps }) => steps?.flatMap(flatten) ?? null),
    ...Object.keys(predictions[0]?.gates ?? {}).flatMap((name) =>
      optional(predictions, `gates.${name}`, ({ gates }) => gates?.[name] ?? null),
    ),
  ]
  return encodeColumns(columns, { ...about, ...(classes.length > 0 && { classes: JSON.stringify(classes) }) })
}

type Numbers = readonly Parameters<typeof fromJsonNumber>[0][]

/** A column of lists, where any sequence has one. */
function optional(
  predictions: readonly SequencePrediction[],
  name: string,
  read: (prediction: SequencePrediction) => Numbers | null,
): ArrowColumn[] {
  const values = predictions.map((prediction) => read(prediction)?.map(fromJsonNumber) ?? null)
  return values.every((each) => each === null) ? [] : [{ name, type: 'numbers', values }]
}

/** The numbers of an answer. */
function flatten({ probabilities, labels, values }: SequencePrediction['answer']): Numbers {
  return labels ?? values?.flat() ?? Object.values(probabilities ?? {})
}
