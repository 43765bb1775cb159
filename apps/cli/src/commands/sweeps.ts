import { setTimeout as sleep } from 'node:timers/promises'
import { type JobStatus, type Sweep, type SweepRequest, type SweepSummary } from '@unroll/client'
import { parseCount, type Call, type Command } from '../command.ts'
import type { Exit } from '../exit_codes.ts'
import { figure } from '../run_view.ts'
import { submission } from '../submission.ts'
import { table } from '../table.ts'
import { named } from '../named_numbers.ts'

const LOOK_EVERY_MS = 1_000

export const sweep: Command = submission<SweepRequest>({
  summary: 'submits many jobs of one template',
  noun: 'sweep',
  estimate: 'which trials there would be and what they would cost',
  to: (client) => client.sweeps,
  watch: watchSweep,
  example: 'unroll sweep examples/sweep.json --watch    (the file is - for standard input)',
})

export const sweeps: Command = {
  summary: 'lists sweeps, newest first',
  arguments: [],
  options: { limit: { type: 'string', value: 'n', help: 'at most n of them, 1 to 100 (20 unless given)' } },
  example: 'unroll sweeps',
  async run({ client, terminal, text, flags, signal }) {
    const page = await client.sweeps.list({ limit: parseCount(text['limit'], 'limit') }, { signal })
    if (flags['json'] === true) return terminal.out(JSON.stringify(page, named))
    const rows = page.data.map((each) => [
      each.id,
      each.status,
      formatCounts(each),
      formatValue(each.best?.value),
      each.name,
    ])
    for (const line of table([['ID', 'STATUS', 'JOBS', 'BEST', 'NAME'], ...rows])) terminal.out(line)
  },
}

export const showSweep: Command = {
  summary: 'shows a sweep and its runs',
  arguments: ['sweep'],
  example: 'unroll show-sweep sweep_…',
  async run({ client, terminal, given: [id = ''], flags, signal }) {
    const found = await client.sweeps.get(id, { signal })
    terminal.out(flags['json'] === true ? JSON.stringify(found, named) : formatSweep(found).join('\n'))
  },
}

export const cancelSweep: Command = {
  summary: 'cancels all jobs of a sweep',
  arguments: ['sweep'],
  example: 'unroll cancel-sweep sweep_…',
  async run({ client, terminal, given: [id = ''], flags, signal }) {
    const found = await client.sweeps.cancel(id, { signal })
    terminal.out(flags['json'] === true ? JSON.stringify(found, named) : `${found.id} ${found.status}`)
  },
}

export const deleteSweep: Command = {
  summary: 'deletes a sweep that has ended, and its jobs with all that they left',
  arguments: ['sweep'],
  options: { 'keep-jobs': { type: 'boolean', help: 'leave its jobs' } },
  example: 'unroll delete-sweep sweep_…',
  run: ({ client, given: [id = ''], flags, signal }) =>
    client.sweeps.delete(id, { keepJobs: flags['keep-jobs'] === true, signal }),
}

/** Shows the progress of a sweep until it ends, then the whole sweep. */
async function watchSweep({ client, terminal, flags, signal }: Call, id: string): Promise<Exit> {
  for (;;) {
    const found = await client.sweeps.get(id, { signal })
    if (found.finished_at !== null) {
      terminal.status('')
      terminal.out(flags['json'] === true ? JSON.stringify(found, named) : formatSweep(found).join('\n'))
      return found.status === 'succeeded' ? 'ok' : 'failed'
    }
    terminal.status(`${found.status}  ${formatCounts(found)}  best ${formatValue(found.best?.value)}`)
    await sleep(LOOK_EVERY_MS, undefined, { signal })
  }
}

/** A sweep in some lines: its fields, then a row for each run; a star marks the best. */
function formatSweep(found: Sweep): string[] {
  const { id, name, status, objective, rungs, best, runs } = found
  const about = table([
    ['sweep', id],
    ['name', name],
    ['status', status],
    ['jobs', formatCounts(found)],
    ['objective', `${objective.goal} ${objective.metric}`],
    [
      'rungs',
      rungs.map(({ trials, max_steps: steps }) => (steps === null ? trials : `${trials} to step ${steps}`)).join(', '),
    ],
  ])
  const rows = runs.map((run) => [
    run.job === best?.job ? '*' : '',
    String(run.rung),
    String(run.trial),
    run.status ?? '-',
    String(run.step),
    formatValue(run.value),
    run.job,
    Object.entries(run.changes)
      .map(([field, value]) => `${field}=${JSON.stringify(value)}`)
      .join(' '),
  ])
  return [...about, '', ...table([['', 'RUNG', 'TRIAL', 'STATUS', 'STEP', 'VALUE', 'JOB', 'CHANGES'], ...rows])]
}

/** The number of jobs in each state. */
function formatCounts({ jobs }: Pick<SweepSummary, 'jobs'>): string {
  const counts = Object.entries(jobs) as [JobStatus, number][]
  return counts
    .filter(([, count]) => count > 0)
    .map(([status, count]) => `${count} ${status}`)
    .join(', ')
}

function formatValue(value: number | string | null | undefined): string {
  return typeof value === 'number' ? figure(value) : (value ?? '-')
}
