import type { Trace, TraceQuery } from '@unroll/client'
import { parseCount, type Call, type Command } from '../command.ts'
import { readJson } from '../input_file.ts'
import { figure } from '../run_view.ts'
import { table } from '../table.ts'
import { formatAnswer } from '../answer_words.ts'
import { named } from '../named_numbers.ts'
import { UsageError } from '../usage_error.ts'

export const trace: Command = {
  summary: 'follows one sequence through a trained network, step by step, and the gradient of its loss back',
  arguments: ['job'],
  options: {
    text: { type: 'string', value: 'text', help: 'follow this text' },
    input: { type: 'string', value: 'file', help: 'follow this: JSON, one sequence, or - for standard input' },
    target: { type: 'string', value: 'json', help: 'what should be answered to the input, as JSON' },
    sample: { type: 'string', value: 'n', help: 'follow a sequence that the run evaluates, from 0 (else 0)' },
    checkpoint: { type: 'string', value: 'checkpoint', help: 'its id, latest or best (else best)' },
    arrow: { type: 'boolean', help: 'write a table in Arrow with a row for each step' },
  },
  example: 'unroll trace job_… --sample 3    (--json or --arrow > trace.arrow: every number)',
  async run(call) {
    const {
      client,
      terminal,
      given: [id = ''],
      flags,
      signal,
    } = call
    const query = await readQuery(call)
    if (flags['arrow'] === true) return await terminal.bytes(await client.predictions.traceTable(id, query, { signal }))
    const found = await client.predictions.trace(id, query, { signal })
    if (flags['json'] === true) return terminal.out(JSON.stringify(found, named))
    for (const line of formatTrace(found)) terminal.out(line)
  },
}

/** @throws {UsageError} */
async function readQuery({ text, terminal }: Call): Promise<TraceQuery> {
  const { text: given, input, target, checkpoint } = text
  if (given !== undefined && input !== undefined) throw new UsageError('needs either --text or --input, not both')
  const query = {
    checkpoint,
    sample: parseCount(text['sample'], 'sample', 0),
    input: input === undefined ? given : await readJson(input, terminal),
    target: target === undefined ? undefined : readTarget(target),
  }
  return Object.fromEntries(Object.entries(query).filter(([, value]) => value !== undefined))
}

function readTarget(target: string): unknown {
  try {
    return JSON.parse(target) as unknown
  } catch {
    return target // a class
  }
}

/** A row for each step, with the size of the states and gradients of each layer; mean of each gate. */
function formatTrace({ length, of, loss, inputs, answers, saliency, layers }: Trace): string[] {
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
