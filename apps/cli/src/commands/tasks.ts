import type { TaskChoice, TaskRequest, TaskSamples } from '@unroll/client'
import { parseCount, type Command } from '../command.ts'
import { figure } from '../run_view.ts'
import { table } from '../table.ts'
import { UsageError } from '../usage_error.ts'

export const tasks: Command = {
  summary: 'lists the built-in tasks',
  arguments: [],
  example: 'unroll tasks',
  async run({ client, terminal, flags, signal }) {
    const { data } = await client.tasks({ signal })
    if (flags['json'] === true) for (const task of data) terminal.out(JSON.stringify(task))
    else
      for (const line of table([['TASK', 'CHANCE', 'SOLVED', 'LAG', 'SOURCE'], ...data.map(taskRow)]))
        terminal.out(line)
  },
}

function taskRow({ name, problem: { chance, lag }, solved, source }: TaskChoice): string[] {
  return [name, figure(chance.accuracy ?? chance.loss), solvedWords(solved), String(lag), source]
}

function solvedWords({ accuracy, loss }: TaskChoice['solved']): string {
  return accuracy === undefined ? `loss < ${loss} of chance` : `accuracy ≥ ${accuracy}`
}

export const showTask: Command = {
  summary: 'shows what a task asks, its chance level, and some of its sequences',
  arguments: ['task'],
  options: {
    length: {
      type: 'string',
      value: 'T',
      help: 'the most time steps of a sequence (20 unless given, or the least there may be)',
    },
    count: { type: 'string', value: 'n', help: 'how many sequences (3 unless given)' },
    seed: { type: 'string', value: 'n', help: 'seed of the job whose evaluation has them (1 unless given)' },
    fields: { type: 'string', value: 'JSON', help: 'fields of the task, as in `data` of a job' },
  },
  example: `unroll show-task copy --fields '{"symbols":4,"length":3}'`,
  async run({ client, terminal, given: [name = ''], text, flags, signal }) {
    const { data: known } = await client.tasks({ signal })
    const task = known.find((each) => each.name === name)
    if (task === undefined)
      throw new UsageError(`knows no task "${name}": there are ${known.map((each) => each.name).join(', ')}`)
    const data = { ...parseFields(text['fields']), task: name } as TaskRequest['data']
    const asked = (sequence_length: number) =>
      client.drawTaskSamples(
        {
          data,
          sequence_length,
          count: parseCount(text['count'], 'count') ?? 3,
          seed: parseCount(text['seed'], 'seed', 0) ?? 1,
        },
        { signal },
      )
    const T = parseCount(text['length'], 'length') ?? Math.max(20, task.problem.minimum_length)
    const drawn = await asked(T)
    if (flags['json'] === true) return terminal.out(JSON.stringify(drawn))
    for (const line of [task.description, ...problemLines(drawn.problem, task), '', ...sampleLines(drawn)])
      terminal.out(line)
  },
}

function parseFields(text = '{}'): object {
  try {
    const fields = JSON.parse(text) as unknown
    if (typeof fields === 'object' && fields !== null && !Array.isArray(fields)) return fields
  } catch {
    // Said below.
  }
  throw new UsageError(`--fields must be a JSON object: current value is ${JSON.stringify(text)}`)
}

function problemLines(
  { inputs, readout, mode, chance, lag, minimum_length }: TaskSamples['problem'],
  { solved }: TaskChoice,
): string[] {
  const accuracy = chance.accuracy === null ? '' : `, accuracy ${figure(chance.accuracy)}`
  return table([
    ['inputs', `${inputs.size} ${inputs.kind === 'vectors' ? 'numbers at each step' : 'symbols'}`],
    [
      'targets',
      `${readout.size} by ${readout.kind}, ${mode === 'many_to_many' ? 'at each step' : 'after the last step'}`,
    ],
    ['chance', `loss ${figure(chance.loss)}${accuracy}`],
    ['solved', solvedWords(solved)],
    ['lag', `${lag} steps; T is at least ${minimum_length}`],
  ])
}

function sampleLines({ samples }: TaskSamples): string[] {
  return samples.flatMap(({ inputs, targets }, n) => [
    `sequence ${n + 1}`,
    ...table([...componentRows('x', inputs), ...componentRows('y', targets)]),
  ])
}

/** A row for each component, a column for each time step; `–` where nothing is wanted. */
function componentRows(letter: string, steps: readonly (number | readonly number[] | null)[]): string[][] {
  const width = Math.max(...steps.map((step) => (Array.isArray(step) ? step.length : 1)))
  return Array.from({ length: width }, (_, at) => [
    width === 1 ? letter : `${letter}${at + 1}`,
    ...steps.map((step) => {
      const value = Array.isArray(step) ? (step as number[])[at] : (step as number | null)
      return value === null || value === undefined ? '–' : figure(value)
    }),
  ])
}
