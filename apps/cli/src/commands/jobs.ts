import {
  CELLS,
  JOB_STATUSES,
  computedByWords,
  formatDuration,
  outcomeWords,
  statusWords,
  timeWords,
  type Job,
  type CellName,
  type JobQuery,
  type Page,
} from '@unroll/client'
import type { Call, Command } from '../command.ts'
import { PAGE_OPTIONS, parsePage, printPage } from '../paging.ts'
import { KINDS, findId } from '../service/find_id.ts'
import { figure } from '../run_view.ts'
import { table } from '../table.ts'
import { named } from '../named_numbers.ts'
import { UsageError } from '../usage_error.ts'

const CELL_NAMES = Object.keys(CELLS) as CellName[]
/** Jobs, newest first, among which a search looks. */
const SEARCHED = 1_000

export const list: Command = {
  summary: 'lists jobs, newest first',
  arguments: [],
  options: {
    status: { type: 'string', value: 'status', help: `only those that are ${JOB_STATUSES.join(', ')}` },
    cell: { type: 'string', value: 'cell', help: `only those of this cell: ${CELL_NAMES.join(', ')}` },
    sweep: { type: 'string', value: 'sweep', help: 'only those of this sweep' },
    dataset: { type: 'string', value: 'dataset', help: 'only those that train on this data set' },
    search: { type: 'string', value: 'text', help: `only those with this in their name, of the newest ${SEARCHED}` },
    ...PAGE_OPTIONS,
  },
  example: 'unroll list --status running --cell lstm',
  async run(call) {
    const now = Date.now()
    await printPage(call, await findJobs(call), {
      head: ['ID', 'STATUS', 'STEP', 'TIME', 'LOSS', 'CREATED', 'CELL', 'NAME'],
      row: (job) => [
        job.id,
        statusWords(job),
        formatSteps(job),
        timeWords(job) || tookWords(job) || '-',
        formatLoss(job),
        `${formatDuration((now - Date.parse(job.created_at)) / 1_000)} ago`,
        job.spec.model.cell,
        job.name === job.id ? '-' : job.name,
      ],
    })
  },
}

async function findJobs({ client, text, signal }: Call): Promise<Pick<Page<Job>, 'data' | 'next'>> {
  const { search } = text
  const { limit, after } = parsePage({ text })
  const resolve = async (kind: 'sweep' | 'dataset') =>
    text[kind] === undefined ? undefined : await findId(client, KINDS[kind], text[kind], signal)
  const query: JobQuery = {
    status: chooseOne('status', text['status'], JOB_STATUSES),
    cell: chooseOne('cell', text['cell'], CELL_NAMES),
    sweep: await resolve('sweep'),
    dataset: await resolve('dataset'),
  }
  if (search === undefined) return await client.jobs.list({ ...query, limit, after }, { signal })
  const data: Job[] = []
  let looked = 0
  for await (const job of client.jobs.each({ ...query, after, limit: 100 }, { signal })) {
    if (job.name.toLowerCase().includes(search.toLowerCase())) data.push(job)
    looked += 1
    if (looked === SEARCHED || data.length === (limit ?? 20)) break
  }
  return { data, next: null }
}

export const show: Command = {
  summary: 'shows a job',
  arguments: ['job'],
  example: 'unroll show job_…',
  async run({ client, terminal, service, given: [id = ''], flags, signal }) {
    const job = await client.jobs.get(id, { signal })
    if (flags['json'] === true) return terminal.out(JSON.stringify(job, named))
    terminal.out(formatJob(job))
    terminal.out(`page         ${service.url.replace(/\/+$/, '')}/#/jobs/${job.id}`)
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
    [
      'created',
      `${formatTime(job.created_at)}${job.started_at === null ? '' : `, started ${formatTime(job.started_at)}`}`,
    ],
    ['took', tookWords(job)],
    ['step', formatSteps(job)],
    ['cell', `${job.spec.model.cell}, ${job.estimate.parameters} parameters`],
    ['attempts', String(job.attempts.length)],
    ['computed by', computedByWords(job)],
    ['kept', job.kept ? 'when others are deleted by their age' : null],
    ['error', error === null ? null : error.message],
    ...Object.entries(result ?? {}).map(([name, value], at): [string, string] => [
      at === 0 ? 'result' : '',
      `${name} ${figure(value)}`,
    ]),
  ]
  return table(rows.flatMap(([name, value]) => (value === null ? [] : [[name, value]]))).join('\n')
}

function formatTime(time: string): string {
  return time.replace('T', ' ').replace(/\.\d+Z$/, ' UTC')
}

/** From its start to its end, pauses included. */
function tookWords({ started_at: start, finished_at: end }: Job): string | null {
  return start === null || end === null ? null : formatDuration((Date.parse(end) - Date.parse(start)) / 1_000)
}

function formatSteps({ progress: { step, max_steps } }: Job): string {
  return `${step}/${max_steps}`
}

/** Of what was held out, if that was evaluated. */
function formatLoss({ result }: Job): string {
  const loss = result?.['evaluation_loss'] ?? result?.['loss']
  return loss === undefined ? '-' : figure(loss)
}

/** @throws {UsageError} */
function chooseOne<Name extends string>(
  option: string,
  text: string | undefined,
  names: readonly Name[],
): Name | undefined {
  const found = names.find((known) => known === text)
  if (text !== undefined && found === undefined)
    throw new UsageError(`--${option} must be one of ${names.join(', ')}: current value is "${text}"`)
  return found
}
