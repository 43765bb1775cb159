import type { Sweep, SweepDryRun } from '@unroll/client'
import { bytesWords } from '../bytes.ts'
import { formatCounts, formatValue } from '../sweep_words.ts'
import { figure } from '../run_view.ts'
import { table } from '../table.ts'

/** A sweep in some lines: its fields, then a row for each run; a star marks the best. */
export function formatSweep(found: Sweep): string[] {
  const { id, name, status, objective, stop_on: stops, rungs, best, runs } = found
  const about = table([
    ['sweep', id],
    ['name', name],
    ['status', status],
    ['jobs', formatCounts(found)],
    ['objective', `${objective.goal} ${objective.metric}`],
    ...(stops.length === 0 ? [] : [['stops on', stops.join(', ')]]),
    [
      'rungs',
      rungs.map(({ trials, max_steps: steps }) => (steps === null ? trials : `${trials} to step ${steps}`)).join(', '),
    ],
  ])
  const rows = rankRuns(found, runs).map((run) => [
    run.job === best?.job ? '*' : '',
    String(run.rung),
    String(run.trial),
    [run.status ?? '-', run.stopped_by === null ? '' : `(${run.stopped_by})`].join(' ').trimEnd(),
    String(run.step),
    formatValue(run.value),
    run.job,
    formatChanges(run.changes),
  ])
  return [
    ...about,
    ...bandLines(found),
    '',
    ...table([['', 'RUNG', 'TRIAL', 'STATUS', 'STEP', 'VALUE', 'JOB', 'CHANGES'], ...rows]),
  ]
}

/** A row for each point with repeats: the band of its runs. */
function bandLines({ bands }: Sweep): string[] {
  const rows = bands
    .toSorted((a, b) => b.rung - a.rung || a.point - b.point)
    .map(({ rung, point, values, runs, min, median, max, changes }) => [
      String(rung),
      String(point),
      `${values} of ${runs}`,
      ...[min, median, max].map(formatValue),
      formatChanges(changes),
    ])
  if (rows.length === 0) return []
  return ['', ...table([['RUNG', 'POINT', 'VALUES', 'MIN', 'MEDIAN', 'MAX', 'CHANGES'], ...rows])]
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

export function describeTrials({ runs, trials }: SweepDryRun): string[] {
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
