import {
  fromJsonNumber,
  isFinal,
  toJsonNumber,
  type JsonNumber,
  type Objective,
  type SweepBand,
} from '@unroll/contract'
import type { StoredRun } from '@unroll/store'

/** The runs of a point of the space in one rung. */
export interface Point {
  point: number
  rung: number
  runs: StoredRun[]
  /** Of its ended runs, the better first for `goal`; Infinity stands for one without a value, and for no ended run. */
  cost: number
}

/** The cost of a run: its value, or its negative where the greatest is the best. NaN without a value. */
export function computeCost({ value }: StoredRun, { goal }: Objective): number {
  if (value === null) return NaN
  return goal === 'min' ? fromJsonNumber(value) : -fromJsonNumber(value)
}

/** The points of the runs, by rung, then by point. */
export function groupPoints(runs: readonly StoredRun[], objective: Objective, repeats: number): Point[] {
  const groups = new Map<string, StoredRun[]>()
  for (const run of runs) {
    const key = `${run.rung}:${toPoint(run.trial, repeats)}`
    groups.set(key, [...(groups.get(key) ?? []), run])
  }
  return [...groups.values()].map((own) => {
    const [{ rung, trial }] = own as [StoredRun]
    return { point: toPoint(trial, repeats), rung, runs: own, cost: medianCost(own, objective) }
  })
}

/** Points with a run that has a value, the best first; among equals the lower first. */
export function rankPoints(points: readonly Point[], objective: Objective): Point[] {
  return points
    .filter(({ runs }) => runs.some((run) => !Number.isNaN(computeCost(run, objective))))
    .toSorted((a, b) => (a.cost === b.cost ? a.point - b.point : a.cost - b.cost))
}

/** What the repeats of a point came to. */
export function describeBand({ point, rung, runs, cost }: Point, objective: Objective): Omit<SweepBand, 'changes'> {
  const costs = runs.map((run) => computeCost(run, objective)).filter((each) => !Number.isNaN(each))
  const sign = objective.goal === 'min' ? 1 : -1
  const values = costs.map((each) => sign * each).toSorted((a, b) => a - b)
  return {
    point,
    rung,
    runs: runs.length,
    values: values.length,
    min: toValue(values[0]),
    median: toValue(values.length === 0 ? undefined : sign * cost),
    max: toValue(values.at(-1)),
  }
}

function toValue(value: number | undefined): JsonNumber | null {
  return value === undefined ? null : toJsonNumber(value)
}

/** @param trial its number: the repeats of a point follow each other */
export function toPoint(trial: number, repeats: number): number {
  return Math.floor(trial / repeats)
}

function medianCost(runs: readonly StoredRun[], objective: Objective): number {
  const ended = runs.filter(({ status }) => status === null || isFinal(status))
  const costs = ended.map((run) => computeCost(run, objective)).map((each) => (Number.isNaN(each) ? Infinity : each))
  const sorted = costs.toSorted((a, b) => a - b)
  const [low, high] = [sorted[(sorted.length - 1) >> 1] ?? Infinity, sorted[sorted.length >> 1] ?? Infinity]
  return low === high ? low : (low + high) / 2
}
