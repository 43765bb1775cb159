import {
  JOB_STATUSES,
  type Estimate,
  type JobStatus,
  type Sweep,
  SWEEP_SEED,
  type SweepBand,
  type SweepDryRun,
  type SweepRun,
  type SweepSummary,
} from '@unroll/contract'
import type { NewSweep, StoredRun, StoredSweep } from '@unroll/store'
import { describeBand, groupPoints, toPoint } from './points.ts'
import { findBest, planRungs } from './rungs.ts'

/** A sweep as the API returns it. */
export function describeSweep(stored: StoredSweep): Sweep {
  return {
    ...summariseSweep(stored),
    runs: stored.runs.map((run) => describeRun(run, stored)),
    bands: listBands(stored),
  }
}

/** A sweep as the API lists it. */
export function summariseSweep(stored: StoredSweep): SweepSummary {
  const { id, status, created_at, finished_at, spec, trials, runs } = stored
  const best = findBest(runs, spec.objective, spec.repeats)
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
    repeats: spec.repeats ?? 1,
    stop_on: spec.stop_on ?? [],
    metadata: spec.metadata,
    rungs: planRungs(spec.strategy, trials.length, spec.repeats),
    jobs: counted(runs),
    best: best === undefined ? null : describeRun(best, stored),
  }
}

/** The dry run of a sweep, with the cost of a job of each trial. */
export function describeDryRun({ spec, trials }: NewSweep, estimates: readonly Estimate[]): SweepDryRun {
  const rungs = planRungs(spec.strategy, trials.length, spec.repeats)
  return {
    object: 'dry_run',
    spec,
    rungs,
    runs: rungs.reduce((sum, rung) => sum + rung.trials, 0),
    trials: estimates.map((estimate, trial) => ({ changes: trials[trial] ?? {}, estimate })),
  }
}

/** None without repeats. */
function listBands({ runs, trials, spec: { objective, repeats = 1 } }: StoredSweep): SweepBand[] {
  if (repeats === 1) return []
  return groupPoints(runs, objective, repeats).map((point) => {
    const { [SWEEP_SEED]: _, ...changes } = trials[point.point * repeats] ?? {}
    return { ...describeBand(point, objective), changes }
  })
}

function describeRun(
  { job, trial, rung, status, step, stoppedBy, value }: StoredRun,
  { trials, spec: { repeats = 1 } }: StoredSweep,
): SweepRun {
  const point = toPoint(trial, repeats)
  return { job, trial, point, rung, changes: trials[trial] ?? {}, status, step, stopped_by: stoppedBy, value }
}

function counted(runs: readonly StoredRun[]): Record<JobStatus, number> {
  const entries = JOB_STATUSES.map((status) => [status, runs.filter((run) => run.status === status).length])
  return Object.fromEntries(entries) as Record<JobStatus, number>
}
