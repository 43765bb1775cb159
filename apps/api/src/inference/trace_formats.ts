// A trace as a client takes it: JSON, or a table in Arrow with a row for each step.

import { encodeColumns, type ArrowColumn } from '@unroll/datasets'
import {
  toJsonNumber,
  type JsonNumber,
  type PredictedAnswer,
  type Trace,
  type TracedLayer,
  type TracedSequence,
} from '@unroll/contract'

type About = Pick<Trace, 'object' | 'job' | 'checkpoint' | 'step'>

/** Digits that tell every float32 from its neighbours. */
const DIGITS = 9

export function traceAsJson(about: About, { layers, ...trace }: TracedSequence): Trace {
  const { length } = trace
  return {
    ...about,
    ...trace,
    layers: layers.map((layer) => ({
      name: layer.name,
      gates: listSteps(layer.gates, length),
      states: listSteps(layer.states, length),
      gradients: listSteps(layer.gradients, length),
    })),
  }
}

function listSteps(all: Record<string, Float32Array>, T: number): Record<string, JsonNumber[][]> {
  return Object.fromEntries(
    Object.entries(all).map(([name, values]) => [
      name,
      splitSteps(values, T).map((units) => Array.from(units, shorten)),
    ]),
  )
}

function shorten(value: number): JsonNumber {
  return toJsonNumber(Number(value.toPrecision(DIGITS)))
}

/** Columns `t`, `x`, `saliency`, those of answers and targets, and for each layer lists such as `layers.0.states.h`. */
export function traceAsArrow(about: Omit<About, 'object'>, trace: TracedSequence): Buffer {
  const { length: T, of, loss, inputs, answers, targets, saliency, layers } = trace
  const isSymbols = inputs.every((x) => typeof x === 'string')
  const columns: ArrowColumn[] = [
    { name: 't', type: 'count', values: Array.from({ length: T }, (__, t) => t + 1) },
    isSymbols
      ? { name: 'x', type: 'text', values: inputs }
      : { name: 'x', type: 'numbers', values: inputs.map((x) => (typeof x === 'string' ? [] : x.map(Number))) },
    { name: 'saliency', type: 'number', values: saliency.map(Number) },
    ...answerColumns('answer', answers),
    ...(targets.length === 0 ? [] : answerColumns('target', alignTargets(targets, T))),
    ...layers.flatMap((layer) => layerColumns(layer, T)),
  ]
  const classes = Object.keys(answers[0]?.probabilities ?? {})
  const { job, checkpoint, step } = about
  const told = { job, checkpoint, step, of, ...(loss !== null && { loss }), ...(classes.length > 0 && { classes }) }
  const metadata = Object.entries(told).map(([name, value]) => [
    name,
    typeof value === 'string' ? value : JSON.stringify(value),
  ])
  return encodeColumns(columns, Object.fromEntries(metadata))
}

/** A target of the last step alone at that step. */
function alignTargets(targets: TracedSequence['targets'], T: number): TracedSequence['targets'] {
  return [...Array.from({ length: T - targets.length }, () => null), ...targets]
}

function layerColumns({ name, ...parts }: TracedLayer, T: number): ArrowColumn[] {
  return Object.entries(parts).flatMap(([part, all]) =>
    Object.entries(all).map(([own, values]): ArrowColumn => ({
      name: `${name}.${part}.${own}`,
      type: 'float32s',
      values: splitSteps(values, T),
    })),
  )
}

/** The parts of answers that there are: `answer.class`, `answer.probabilities`, `answer.labels`, `answer.values`. */
export function answerColumns(name: string, answers: readonly (PredictedAnswer | null)[]): ArrowColumn[] {
  const has = (part: keyof PredictedAnswer) => answers.some((answer) => answer?.[part] !== undefined)
  const numbers = (part: keyof PredictedAnswer, read: (answer: PredictedAnswer) => JsonNumber[] | undefined) =>
    has(part)
      ? [
          {
            name: `${name}.${part}`,
            type: 'numbers' as const,
            values: answers.map((answer) => (answer && read(answer)?.map(Number)) ?? null),
          },
        ]
      : []
  return [
    ...(has('class')
      ? [{ name: `${name}.class`, type: 'text' as const, values: answers.map((answer) => answer?.class ?? null) }]
      : []),
    ...numbers('probabilities', ({ probabilities }) => probabilities && Object.values(probabilities)),
    ...numbers('labels', ({ labels }) => labels),
    ...numbers('values', ({ values }) => values?.flat()),
  ]
}

function splitSteps(values: Float32Array, T: number): Float32Array[] {
  const width = values.length / T
  return Array.from({ length: T }, (_, t) => values.subarray(t * width, (t + 1) * width))
}
