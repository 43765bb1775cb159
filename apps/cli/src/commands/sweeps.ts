import { setTimeout as sleep } from 'node:timers/promises'
import { type JobStatus, type Sweep, type SweepDryRun, type SweepRequest, type SweepSummary } from '@unroll/client'
import { bytesWords } from '../bytes.ts'
import { parseCount, type Call, type Command } from '../command.ts'
import type { Exit } from '../exit_codes.ts'
import { figure } from '../run_view.ts'
import { submission } from '../submission.ts'
import { table } from '../table.ts'
import { named } from '../named_numbers.ts'

const LOOK_EVERY_MS = 1_000

export const sweep: Command = submission<SweepRequest, SweepDryRun>({
  summary: 'submits many jobs of one template',
  noun: 'sweep',
  estimate: 'which trials there would be and what they would cost',
  to: (client) => client.sweeps,
  describe: describeTrials,
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
  async run({ client, terminal, given: [id = ''], flags, signal }) {
    await client.sweeps.delete(id, { keepJobs: flags['keep-jobs'] === true, signal })
    terminal.out(flags['json'] === true ? JSON.stringify({ id, deleted: true }) : `${id} deleted`)
  },
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
  const rows = rankRuns(found, runs).map((run) => [
    run.job === best?.job ? '*' : '',
    String(run.rung),
    String(run.trial),
    run.status ?? '-',
    String(run.step),
    formatValue(run.value),
    run.job,
    formatChanges(run.changes),
  ])
  return [...about, '', ...table([['', 'RUNG', 'TRIAL', 'STATUS', 'STEP', 'VALUE', 'JOB', 'CHANGES'], ...rows])]
}

/** Runs that trained for longer first, of one rung the better first; those without a value last. */
function rankRuns({ objective: { goal } }: Sweep, runs: Sweep['runs']): Sweep['runs'] {
  const worst = goal === 'min' ? Infinity : -Infinity
  const order = ({ value }: Sweep['runs'][number]) => {
    const known = value === null || Number.isNaN(value) ? worst : value
    return goal === 'min' ? known : -known
  }
  return runs.toSorted((a, b) => b.rung - a.rung || (order(a) === order(b) ? 0 : order(a) - order(b)))
}

function describeTrials({ runs, trials }: SweepDryRun): string[] {
  const rows = trials.map(({ changes, estimate: { parameters, memory_bytes: memory } }, at) => [
    String(at),
    String(parameters),
    bytesWords(memory),
    formatChanges(changes),
  ])
  return [`at most ${runs} jobs`, '', ...table([['TRIAL', 'PARAMETERS', 'MEMORY', 'CHANGES'], ...rows])]
}

/** `/optimizer/learning_rate=0.01`, with four digits. */
function formatChanges(changes: Record<string, unknown>): string {
  return Object.entries(changes)
    .map(([field, value]) => `${field}=${typeof value === 'number' ? figure(value) : JSON.stringify(value)}`)
    .join(' ')
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
