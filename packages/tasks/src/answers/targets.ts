// What should be answered, as the read-out of a network is held against it, and back.

import type { Batch } from '@unroll/bptt'
import {
  toJsonNumber,
  writtenSymbols,
  type AskedTargets,
  type DecodedScale,
  type Decoding,
  type PredictedAnswer,
} from '@unroll/contract'
import { encodeOneHot } from '../sequences/target_reader.ts'
import type { AskedRow } from './asked_rows.ts'

/** Targets of a sequence, a row for each answer; undefined where none are known. Each symbol of a text is that of the one before. */
export function readoutTargets(
  model: Decoding,
  { steps, inputs }: AskedRow,
  asked: AskedTargets | undefined,
): Batch['targets'] | undefined {
  if (writtenSymbols(model) !== undefined) return Int32Array.of(...inputs.subarray(1), -1)
  if (asked === undefined) return undefined
  if ('ids' in asked) {
    const ids = Int32Array.from(asked.ids.slice(0, steps))
    return model.kind === 'sequences' && model.outputs.readout === 'sigmoid'
      ? encodeOneHot(ids, model.outputs.size)
      : ids
  }
  const scaleOf = outputScales(model)
  const answers = countAnswers(model)
  return Float32Array.from(
    asked.numbers.slice(0, steps).flatMap((row) =>
      row.flatMap((value, k) => {
        const { offset, unit } = scaleOf(k * answers)
        return Array.from({ length: answers }, () => (value - offset) / unit)
      }),
    ),
  )
}

/** Targets in the words of an answer; null where there is none. */
export function describeTargets(model: Decoding, targets: Batch['targets']): (PredictedAnswer | null)[] {
  const classes = model.kind === 'text' ? model.vocabulary : model.outputs.classes
  if (classes !== undefined)
    return listClasses(targets, classes.length).map((id) => (id < 0 ? null : { class: classes[id] ?? String(id) }))
  if (model.kind === 'text') return []
  const { size, readout } = model.outputs
  const scaleOf = outputScales(model)
  const answers = countAnswers(model)
  return Array.from({ length: targets.length / size }, (_, row) => {
    const own = Array.from(targets.subarray(row * size, (row + 1) * size)).filter((__, k) => k % answers === 0)
    if (own.every((value) => Number.isNaN(value))) return null
    if (readout === 'sigmoid') return { labels: own.map(toJsonNumber) }
    const values = own.map((value, k) => value * scaleOf(k * answers).unit + scaleOf(k * answers).offset)
    return { values: [values.map(toJsonNumber)] }
  })
}

/** The class of each target, -1 where there is none. */
function listClasses(targets: Batch['targets'], K: number): number[] {
  if (targets instanceof Int32Array) return [...targets]
  return Array.from({ length: targets.length / K }, (_, row) => targets.subarray(row * K, (row + 1) * K).indexOf(1))
}

/** What a network reads at each step: a symbol by its name, or numbers. */
export function describeInputs(model: Decoding, { steps, inputs }: AskedRow): (string | number[])[] {
  const isSymbols = model.kind === 'text' || model.inputs.kind === 'symbols'
  const symbols = model.kind === 'text' ? model.vocabulary : model.inputs.fields[0]?.categories
  const width = inputs.length / steps
  return Array.from({ length: steps }, (_, t) => {
    if (isSymbols) return symbols?.[inputs[t]!] ?? String(inputs[t])
    return Array.from(inputs.subarray(t * width, (t + 1) * width), Number)
  })
}

/** Outputs for each number that is answered: more than one of quantiles. */
function countAnswers(model: Decoding): number {
  return model.kind === 'text' ? 1 : (model.outputs.quantiles?.length ?? 1)
}

/** The scale of each output; labels are as they are. */
function outputScales(model: Decoding): (output: number) => DecodedScale {
  const plain = { offset: 0, unit: 1, mean: 0 }
  if (model.kind === 'text' || model.outputs.readout !== 'identity') return () => plain
  const scales = (model.outputs.fields ?? []).flatMap(({ scales: own = [] }) => own)
  const answers = countAnswers(model)
  return (output) => scales[Math.floor(output / answers) % scales.length] ?? plain
}
