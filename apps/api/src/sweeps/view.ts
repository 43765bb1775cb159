import { JOB_STATUSES, type JobStatus, type Sweep, type SweepRun, type SweepSummary } from '@unroll/spec'
import type { StoredRun, StoredSweep } from '@unroll/store'
import { bestOf, rungsOf } from './rungs.ts'

/** A sweep as it is answered. */
export function sweepOf(stored: StoredSweep): Sweep {
  return { ...summaryOf(stored), runs: stored.runs.map((run) => runOf(run, stored)) }
}

/** A sweep as it is listed. */
export function summaryOf(stored: StoredSweep): SweepSummary {
  const { id, status, created_at, finished_at, spec, trials, runs } = stored
  const best = bestOf(runs, spec.objective)
  return {
    id,
    object: 'sweep',
    name: spec.name ?? id,
    status,
    created_at,
    finished_at,
    template: spec.template,
    space: spec.space,
    strategy: spec.strategy,
    objective: spec.objective,
    metadata: spec.metadata,
    rungs: rungsOf(spec.strategy, trials.length),
    jobs: counted(runs),
    best: best === undefined ? null : runOf(best, stored),
  }
}

function runOf({ job, trial, rung, status, step, value }: StoredRun, { trials }: StoredSweep): SweepRun {
  return { job, trial, rung, changes: trials[trial] ?? {}, status, step, value }
}

function counted(runs: readonly StoredRun[]): Record<JobStatus, number> {
  const entries = JOB_STATUSES.map((status) => [status, runs.filter((run) => run.status === status).length])
  return Object.fromEntries(entries) as Record<JobStatus, number>
}
