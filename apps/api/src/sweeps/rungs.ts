import { fromJsonNumber, type Objective, type Strategy, type SweepSummary } from '@unroll/contract'
import type { StoredRun, SweepPlace } from '@unroll/store'

export type Rung = SweepSummary['rungs'][number]

/** The rungs of a sweep with this number of trials. */
export function planRungs(strategy: Strategy, trials: number): Rung[] {
  if (strategy.type !== 'successive_halving') return [{ trials, max_steps: null }]
  const { min_steps, eta, rungs: most } = strategy
  const rungs: Rung[] = [{ trials, max_steps: min_steps }]
  for (let last = rungs[0]; last !== undefined && last.trials > 1 && rungs.length < most; last = rungs.at(-1))
    rungs.push({ trials: Math.max(1, Math.floor(last.trials / eta)), max_steps: min_steps * eta ** rungs.length })
  return rungs
}

/** The runs with a value, the best first; among equals the lower trial first. A failed run and NaN have no value. */
export function ranked(runs: readonly StoredRun[], { goal }: Objective): StoredRun[] {
  const sign = goal === 'min' ? 1 : -1
  const cost = ({ value }: StoredRun) => (value === null ? NaN : sign * fromJsonNumber(value))
  return runs
    .filter((run) => !Number.isNaN(cost(run)))
    .toSorted((a, b) => (cost(a) === cost(b) ? a.trial - b.trial : cost(a) - cost(b)))
}

/** The best of the runs that have trained for longest so far. */
export function findBest(runs: readonly StoredRun[], objective: Objective): StoredRun | undefined {
  const all = ranked(runs, objective)
  const furthest = Math.max(...all.map(({ rung }) => rung))
  return all.find(({ rung }) => rung === furthest)
}

/** The trials of the rung after the last one, whose jobs have all ended; none after the final rung. */
export function nextRung(runs: readonly StoredRun[], rungs: readonly Rung[], objective: Objective): SweepPlace[] {
  const rung = Math.max(...runs.map((run) => run.rung))
  const next = rungs[rung + 1]
  if (next === undefined) return []
  const others = runs.filter((run) => run.rung === rung)
  return ranked(others, objective)
    .slice(0, next.trials)
    .map(({ trial }) => ({ rung: rung + 1, trial }))
    .toSorted((a, b) => a.trial - b.trial)
}
