import type { Objective, Strategy, SweepSummary } from '@unroll/contract'
import type { StoredRun, SweepPlace } from '@unroll/store'
import { computeCost, groupPoints, rankPoints, type Point } from './points.ts'

export type Rung = SweepSummary['rungs'][number]

/** The rungs of a sweep with this number of trials, of which `repeats` are of one point. */
export function planRungs(strategy: Strategy, trials: number, repeats = 1): Rung[] {
  if (strategy.type !== 'successive_halving') return [{ trials, max_steps: null }]
  const { min_steps, eta, rungs: most } = strategy
  const rungs: Rung[] = [{ trials, max_steps: min_steps }]
  for (let points = trials / repeats; points > 1 && rungs.length < most;) {
    points = Math.max(1, Math.floor(points / eta))
    rungs.push({ trials: points * repeats, max_steps: min_steps * eta ** rungs.length })
  }
  return rungs
}

/** The runs with a value, the best first; among equals the lower trial first. A failed run and NaN have no value. */
export function ranked(runs: readonly StoredRun[], objective: Objective): StoredRun[] {
  return runs
    .map((run) => ({ run, cost: computeCost(run, objective) }))
    .filter(({ cost }) => !Number.isNaN(cost))
    .toSorted((a, b) => (a.cost === b.cost ? a.run.trial - b.run.trial : a.cost - b.cost))
    .map(({ run }) => run)
}

/** The best of the runs that have trained for longest so far; of repeats the middle one of the best point. */
export function findBest(runs: readonly StoredRun[], objective: Objective, repeats = 1): StoredRun | undefined {
  const furthest = Math.max(...ranked(runs, objective).map(({ rung }) => rung))
  const points = groupPoints(
    runs.filter(({ rung }) => rung === furthest),
    objective,
    repeats,
  )
  const [best] = rankPoints(points, objective)
  const own = ranked(best?.runs ?? [], objective)
  return own[(own.length - 1) >> 1]
}

/**
 * The trials of the rung after the last one, whose jobs have all ended; none after the final rung. The repeats of a point
 * go on together, but for those without a value. Where findings have stopped every trial that could have one, none tells them
 * apart: those that went furthest go on, in a rung whose jobs are longer, so that a finding has to hold for longer.
 */
export function nextRung(
  runs: readonly StoredRun[],
  rungs: readonly Rung[],
  objective: Objective,
  repeats = 1,
): SweepPlace[] {
  const rung = Math.max(...runs.map((run) => run.rung))
  const next = rungs[rung + 1]
  if (next === undefined) return []
  const others = runs.filter((run) => run.rung === rung)
  const points = groupPoints(others, objective, repeats)
  const most = next.trials / repeats
  const best = rankPoints(points, objective).slice(0, most)
  const going =
    best.length > 0 ? best.flatMap((point) => ranked(point.runs, objective)) : listStopped(points).slice(0, most).flat()
  return going.map(({ trial }) => ({ rung: rung + 1, trial })).toSorted((a, b) => a.trial - b.trial)
}

/** The stopped runs of each point that has any, those of the point that went furthest first. */
function listStopped(points: readonly Point[]): StoredRun[][] {
  return points
    .map(({ runs }) => runs.filter(({ stoppedBy }) => stoppedBy !== null))
    .filter(({ length }) => length > 0)
    .toSorted((a, b) => findFurthest(b) - findFurthest(a))
}

function findFurthest(runs: readonly StoredRun[]): number {
  return Math.max(...runs.map(({ step }) => step))
}
