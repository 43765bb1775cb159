// What of a trained network is traced, held against what it reads and answers.

import type { Fault } from '../../schema/fault.ts'
import { shown } from '../../schema/shown.ts'
import type { Trace, TraceRequest } from '../../wire/trace.ts'
import { countUnits } from '../sections/layers.ts'
import type { Model } from '../sections/model.ts'
import { MOST_EXPLAINED, readAsked, writtenSymbols, type AskedSequence } from './asked.ts'
import type { Decoding, SequencesDecoding } from './decoding.ts'
import { CELLS } from '../sections/cells.ts'

/** What should be answered: ids of classes, -1 where there is none; or numbers in the units of the data, NaN where there is none. */
export type AskedTargets = { ids: readonly number[] } | { numbers: readonly (readonly number[])[] }

/** What is traced: a sequence, or one that the run evaluates. */
export type AskedTrace =
  | { kind: 'input'; sequence: AskedSequence; targets?: AskedTargets | undefined }
  | { kind: 'sample'; sample: number }

/** A layer of a trace, [T,H] each. */
export interface TracedLayer extends Record<TracedPart, Record<string, Float32Array>> {
  name: string
}
export type TracedPart = Exclude<keyof Trace['layers'][number], 'name'>

/** What is traced of a sequence, and its answer to it, with the numbers of a layer as [T,H] each. */
export interface TracedSequence extends Omit<Trace, 'object' | 'job' | 'checkpoint' | 'step' | 'layers'> {
  layers: TracedLayer[]
}

/**
 * A request as the model reads it, or every fault of it.
 *
 * @param mostSteps of a sequence
 */
export function readTraced(
  { input, sample, target, checkpoint }: TraceRequest,
  model: Decoding,
  mostSteps: number,
): { asked: AskedTrace } | { faults: Fault[] } {
  if (input === undefined) {
    if (target === undefined) return { asked: { kind: 'sample', sample: sample ?? 0 } }
    return { faults: [{ pointer: '/target', detail: 'Must be left out without input: a sample has its own' }] }
  }
  if (sample !== undefined)
    return { faults: [{ pointer: '/sample', detail: 'Must be left out with input', value: sample }] }
  const request = { checkpoint, inputs: [input], length: 1, temperature: 1, seed: 0, steps: false, gates: false }
  const read = readAsked({ ...request, saliency: true }, model)
  if ('faults' in read)
    return {
      faults: read.faults.map((fault) => ({ ...fault, pointer: fault.pointer.replace('/inputs/0', '/input') })),
    }
  const sequence = read.asked.kind === 'inputs' ? (read.asked.sequences[0] ?? {}) : {}
  const steps = Object.values(sequence)[0]?.length ?? 0
  if (steps > mostSteps)
    return { faults: [{ pointer: '/input', detail: `Must have at most ${mostSteps} steps: it has ${steps}` }] }
  if (target === undefined) return { asked: { kind: 'input', sequence } }
  if (model.kind === 'text' || writtenSymbols(model) !== undefined)
    return { faults: [{ pointer: '/target', detail: 'Must be left out: each symbol is the target of the one before' }] }
  const faults: Fault[] = []
  const targets = readTargets(target, { model, steps, faults })
  return faults.length > 0 ? { faults } : { asked: { kind: 'input', sequence, targets } }
}

function readTargets(
  target: unknown,
  { model: { outputs }, steps, faults }: { model: SequencesDecoding; steps: number; faults: Fault[] },
): AskedTargets {
  const isWhole = outputs.mode === 'many_to_one'
  if (!isWhole && (!Array.isArray(target) || target.length !== steps)) {
    const detail = `Must be a list with a target, or null, for each of the ${steps} steps`
    faults.push({ pointer: '/target', detail, value: target })
    return { ids: [] }
  }
  const all = isWhole ? [target] : (target as unknown[])
  const at = (index: number) => (isWhole ? '/target' : `/target/${index}`)
  const { classes, quantiles = [0.5] } = outputs
  if (classes !== undefined) {
    const idOf = new Map(classes.map((name, id) => [name, id]))
    const ids = all.map((value, index) => {
      if (value === null && !isWhole) return -1
      const id = idOf.get(String(value))
      if (id === undefined || (typeof value !== 'string' && typeof value !== 'number')) {
        const detail = `Must be one of the ${classes.length} classes that the model knows: current value is ${shown(value)}`
        faults.push({ pointer: at(index), detail, value })
      }
      return id ?? -1
    })
    return { ids }
  }
  const width = outputs.size / quantiles.length
  const numbers = all.map((value, index) => {
    if (value === null && !isWhole) return Array.from({ length: width }, () => NaN)
    const list = typeof value === 'number' ? [value] : value
    if (Array.isArray(list) && list.length === width && list.every((each) => typeof each === 'number')) return list
    faults.push({ pointer: at(index), detail: `Must be ${width === 1 ? 'a number' : `${width} numbers`}`, value })
    return []
  })
  return { numbers }
}

/** Numbers of a trace, at most: gates, states, gradients and answers. */
const MOST_NUMBERS = 2 ** 20

/** Steps of a sequence that is traced, at most: fewer of a large network, or of one with many answers. */
export function countTraceableSteps(model: Model, decoding: Decoding): number {
  const { gates, states } = CELLS[model.cell]
  const K = decoding.kind === 'text' ? decoding.vocabulary.length : decoding.outputs.size
  const perStep = countUnits(model) * (Object.keys(gates).length + 2 * states.length) + K
  return Math.max(1, Math.min(MOST_EXPLAINED, Math.floor(MOST_NUMBERS / perStep)))
}
