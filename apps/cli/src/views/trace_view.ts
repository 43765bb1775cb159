import type { Trace } from '@unroll/client'
import { formatAnswer } from '../answer_words.ts'
import { figure } from '../run_view.ts'
import { table } from '../table.ts'

/** A row for each step, with the size of the states and gradients of each layer; mean of each gate. */
export function formatTrace({ length, of, loss, inputs, answers, saliency, layers }: Trace): string[] {
  const columns: [name: string, at: (t: number) => string][] = [
    ['X', (t) => formatInput(inputs[t] ?? '')],
    ['ANSWER', (t) => formatAnswer(answers[t] ?? {})],
    ['|dL/dx|', (t) => figure(Number(saliency[t]))],
    ...layers.flatMap(({ name: layer, gates, states, gradients }) => {
      const own = layer.replace(/^layers\./, '')
      return [
        ...sizes(gates, mean, (name) => `${own}.${name}`),
        ...sizes(states, norm, (name) => `|${own}.${name}|`),
        ...sizes({ h: gradients['h'] ?? [] }, norm, (name) => `|dL/d${own}.${name}|`),
      ]
    }),
  ]
  const steps = Array.from({ length }, (_, t) => [String(t + 1), ...columns.map(([, at]) => at(t))])
  const what =
    of === 'loss' ? `L: the loss, ${figure(Number(loss))}` : 'L: the largest output, or the first number, at the end'
  return [what, ...table([['STEP', ...columns.map(([name]) => name)], ...steps])]
}

type Units = readonly (number | string)[]

function sizes(
  all: Record<string, readonly Units[]>,
  reduce: (units: Units) => number,
  name: (of: string) => string,
): [name: string, at: (t: number) => string][] {
  return Object.entries(all).map(([of, steps]) => [name(of), (t) => figure(reduce(steps[t] ?? []))])
}

function norm(units: Units): number {
  return Math.hypot(...units.map(Number))
}

function mean(units: Units): number {
  return units.reduce<number>((sum, value) => sum + Number(value), 0) / units.length
}

function formatInput(x: Trace['inputs'][number]): string {
  if (typeof x !== 'string') return x.map((value) => figure(value)).join(', ')
  return x.trim() === '' ? JSON.stringify(x) : x
}
