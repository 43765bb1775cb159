import {
  JOB_STATUSES,
  computedByWords,
  outcomeWords,
  statusWords,
  timeWords,
  type Job,
  type JobQuery,
} from '@unroll/client'
import { UsageError, parseCount, type Command } from '../command.ts'
import { table } from '../table.ts'
import { named } from '../named_numbers.ts'

export const list: Command = {
  summary: 'lists jobs, newest first',
  arguments: [],
  options: {
    status: { type: 'string', value: 'status', help: `only those that are ${JOB_STATUSES.join(', ')}` },
    dataset: { type: 'string', value: 'dataset', help: 'only those that train on this data set' },
    limit: { type: 'string', value: 'n', help: 'at most n of them, 1 to 100 (20 unless given)' },
  },
  example: 'unroll list --status running',
  async run({ client, terminal, text, flags, signal }) {
    const page = await client.jobs.list(
      { status: parseStatus(text['status']), dataset: text['dataset'], limit: parseCount(text['limit'], 'limit') },
      { signal },
    )
    if (flags['json'] === true) return terminal.out(JSON.stringify(page, named))
    const rows = page.data.map((job) => [
      job.id,
      statusWords(job),
      formatSteps(job),
      timeWords(job) || '-',
      job.spec.model.cell,
      job.name,
    ])
    for (const line of table([['ID', 'STATUS', 'STEP', 'TIME', 'CELL', 'NAME'], ...rows])) terminal.out(line)
  },
}

export const show: Command = {
  summary: 'shows a job',
  arguments: ['job'],
  example: 'unroll show job_…',
  async run({ client, terminal, given: [id = ''], flags, signal }) {
    const job = await client.jobs.get(id, { signal })
    terminal.out(flags['json'] === true ? JSON.stringify(job, named) : formatJob(job))
  },
}

/** A job in some lines. */
export function formatJob(job: Job): string {
  const { status_reason: reason, error, queue, result } = job
  const rows: [string, string | null][] = [
    ['job', job.id],
    ['name', job.name],
    ['status', reason === null ? statusWords(job) : `${statusWords(job)} (${reason})`],
    ['outcome', job.outcome === null ? null : outcomeWords(job).join(', ')],
    ['waits for', queue.waiting_for],
    ['in line', queue.position === null ? null : `${queue.position} before it`],
    ['time', timeWords(job) || (queue.eta_unknown ?? null)],
    ['step', formatSteps(job)],
    ['cell', `${job.spec.model.cell}, ${job.estimate.parameters} parameters`],
    ['attempts', String(job.attempts.length)],
    ['computed by', computedByWords(job)],
    ['kept', job.kept ? 'when others are deleted by their age' : null],
    ['error', error === null ? null : error.message],
    [
      'result',
      result === null
        ? null
        : Object.entries(result)
            .map(([name, value]) => `${name} ${value}`)
            .join(', '),
    ],
  ]
  return table(rows.flatMap(([name, value]) => (value === null ? [] : [[name, value]]))).join('\n')
}

function formatSteps({ progress: { step, max_steps } }: Job): string {
  return `${step}/${max_steps}`
}

function parseStatus(text: string | undefined): JobQuery['status'] {
  const status = JOB_STATUSES.find((known) => known === text)
  if (text !== undefined && status === undefined)
    throw new UsageError(`--status must be one of ${JOB_STATUSES.join(', ')}: current value is "${text}"`)
  return status
}
