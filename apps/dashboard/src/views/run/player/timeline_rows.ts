import type { Trace } from '@unroll/client'
import type { HeatScale } from '../../../charts/unit_heat.ts'
import { formatValue } from '../../../format.ts'

/** Numbers of each step, one below the other: those of units, of components of an input, or of answers. */
export interface TimelineRow {
  readonly name: string
  /** In words. */
  readonly title: string
  /** What it is of: a heading for the rows that follow one another. */
  readonly group: string
  readonly scale: HeatScale
  /** By step, then by unit. */
  readonly steps: readonly (readonly number[])[]
  /** Of each unit, where they have names. */
  readonly names?: readonly string[]
  /** The unit that should be the largest at each step, where that is known. */
  readonly wanted?: readonly (number | undefined)[]
  /** Whether it comes from the end, as gradients, and as states of a backward direction: then it is known from a step on, and else up to a step. */
  readonly isBackward: boolean
}

/** Answers that are drawn, at most: the likeliest at any step. */
const MOST_ANSWERS = 12

const GATES: Readonly<Record<string, string>> = {
  f: 'forget gate',
  u: 'update gate',
  o: 'output gate',
  r: 'relevance gate',
  z: 'update gate',
}
const STATES: Readonly<Record<string, string>> = {
  h: 'output',
  c: 'memory cell',
  n: 'normaliser',
  m: 'stabiliser',
}

/** The rows of a trace from the input to the answer. */
export function listTimelineRows(trace: Trace): TimelineRow[] {
  const { inputs, saliency, layers, of } = trace
  const y = of === 'loss' ? 'loss' : 'answer'
  const read = { name: 'x', title: 'input as it is read', group: 'Input', scale: 'signed' as const }
  const back: TimelineRow = {
    name: '‖∂L/∂x‖',
    title: `how much the ${y} depends on it`,
    group: 'Input',
    scale: 'share',
    steps: shares(saliency.map(Number)).map((share) => [share]),
    isBackward: true,
  }
  return [
    ...(isSymbols(trace) ? [] : [forward({ ...read, steps: inputs.map(toNumbers) }), back]),
    ...layers.flatMap((layer) => layerRows(layer, layers.length === 1 ? 'Layer' : nameLayer(layer))),
    ...answerRows(trace),
  ]
}

/** Whether inputs are symbols, which are written out and coloured. */
export function isSymbols({ inputs }: Trace): boolean {
  return inputs.every((x) => typeof x === 'string')
}

function forward(row: Omit<TimelineRow, 'isBackward'>): TimelineRow {
  return { ...row, isBackward: false }
}

type Layer = Trace['layers'][number]

/** `Layer 1`, or `Layer 1, backward`. */
function nameLayer({ name }: Layer): string {
  const [, depth, direction] = name.split('.')
  return [`Layer ${Number(depth) + 1}`, ...(direction === undefined ? [] : [direction])].join(', ')
}

function layerRows({ name: layer, gates, states, gradients }: Layer, group: string): TimelineRow[] {
  const isFromEnd = layer.endsWith('.backward')
  const row = (name: string, values: Layer['states'][string]) => ({ name, group, steps: values.map(toNumbers) })
  return [
    ...Object.entries(gates).map(([name, values]) => ({
      ...row(name, values),
      title: GATES[name] ?? 'gate',
      scale: 'share' as const,
      isBackward: isFromEnd,
    })),
    ...Object.entries(states)
      .toReversed() // h, which goes on to the next layer, is last
      .map(([name, values]) => ({
        ...row(name, values),
        title: STATES[name] ?? 'state',
        scale: 'signed' as const,
        isBackward: isFromEnd,
      })),
    ...Object.entries(gradients)
      .filter(([name]) => name === 'h')
      .map(([name, values]) => ({
        ...row(`∂L/∂${name}`, values),
        title: 'gradient that comes back',
        scale: 'log' as const,
        isBackward: !isFromEnd,
      })),
  ]
}

function answerRows({ answers, targets, length }: Trace): TimelineRow[] {
  const [first] = answers
  const shown = { name: 'p', title: 'answer', group: 'Answer', scale: 'share' as const }
  if (first?.labels !== undefined)
    return [
      forward({
        ...shown,
        steps: answers.map(({ labels = [] }) => toNumbers(labels)),
        names: first.labels.map((_, label) => String(label)),
      }),
    ]
  if (first?.probabilities === undefined) {
    const steps = answers.map(({ values = [] }) => toNumbers(values.flat()))
    return [forward({ ...shown, name: 'y', scale: 'signed', steps, names: (steps[0] ?? []).map(() => '') })]
  }
  const names = likeliest(answers)
  const steps = answers.map(({ probabilities = {} }) => names.map((name) => probabilities[name] ?? 0))
  const wanted = answers.map((_, t) => {
    const place = names.indexOf(targets[t + targets.length - length]?.class ?? '')
    return place < 0 ? undefined : place
  })
  return [forward({ ...shown, steps, names: names.map(symbolWords), wanted })]
}

/** The classes that are ever likeliest to be answered, in the order of the model. */
function likeliest(answers: Trace['answers']): string[] {
  const most = new Map<string, number>()
  for (const { probabilities = {} } of answers)
    for (const [name, p] of Object.entries(probabilities)) most.set(name, Math.max(most.get(name) ?? 0, p))
  const kept = new Set(
    [...most]
      .toSorted(([, a], [, b]) => b - a)
      .slice(0, MOST_ANSWERS)
      .map(([name]) => name),
  )
  return [...most.keys()].filter((name) => kept.has(name))
}

/** What is at a step, in a sentence that is read aloud. */
export function stepWords({ length, inputs, answers, targets, saliency, layers }: Trace, t: number): string {
  const x = inputs[t] ?? ''
  const target = targets[t + targets.length - length]
  const gradient = Math.hypot(...(layers.at(-1)?.gradients['h']?.[t] ?? []).map(Number))
  return [
    `Step ${t + 1} of ${length}`,
    `input ${typeof x === 'string' ? symbolWords(x) : x.map((value) => formatValue(value)).join(', ')}`,
    `answer ${answerWords(answers[t])}${target ? `, wanted ${answerWords(target)}` : ''}`,
    `saliency ${formatValue(saliency[t] ?? NaN)}`,
    `gradient of the output ${formatValue(gradient)}`,
  ].join(' · ')
}

function answerWords(answer: Trace['answers'][number] | undefined): string {
  const { class: name, probabilities, labels, values } = answer ?? {}
  if (labels !== undefined) return labels.map((value) => formatValue(value)).join(', ')
  if (values !== undefined)
    return values
      .flat()
      .map((value) => formatValue(value))
      .join(', ')
  const p = probabilities?.[name ?? '']
  return `${symbolWords(name ?? '')}${p === undefined ? '' : ` ${(p * 100).toFixed(1)} %`}`
}

/** A symbol as it can be seen. */
export function symbolWords(symbol: string): string {
  const seen: Readonly<Record<string, string>> = { ' ': '␣', '\n': '↵', '\t': '⇥', '\r': '␍', '': '–' }
  return seen[symbol] ?? symbol
}

/** Shares of the largest. */
export function shares(values: readonly number[]): number[] {
  const largest = Math.max(0, ...values.filter((value) => Number.isFinite(value)))
  return values.map((value) => (largest > 0 ? value / largest : 0))
}

function toNumbers(values: Trace['inputs'][number] | readonly (number | string)[]): number[] {
  return typeof values === 'string' ? [] : values.map(Number)
}
