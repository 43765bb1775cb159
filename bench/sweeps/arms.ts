// What each way of running a sweep trains, and what wins, by the trials as they were trained to their ends.

import type { FindingCode, JsonNumber } from '@unroll/contract'
import type { Metric, Part, TrainedTrial } from './trial.ts'

/** The ways: whether findings stop a trial, and the rungs of successive halving, from each of which half of the trials go on. */
export const ARMS = {
  whole: { name: 'every trial to its end', stops: false, rungs: 1 },
  stopping: { name: '`stop_on`', stops: true, rungs: 1 },
  halved: { name: 'halving, 2 rungs', stops: false, rungs: 2 },
  halved_stopping: { name: 'halving, 2 rungs, `stop_on`', stops: true, rungs: 2 },
  quartered: { name: 'halving, 3 rungs', stops: false, rungs: 3 },
  quartered_stopping: { name: 'halving, 3 rungs, `stop_on`', stops: true, rungs: 3 },
} as const
export type ArmName = keyof typeof ARMS
export const MOST_RUNGS = 3

/** The end of a trial before its last step. */
interface End {
  readonly by: FindingCode | 'halving'
  readonly step: number
}

/** What trials are compared by. */
export interface Compared {
  readonly metric: Metric
  readonly goal: 'min' | 'max'
}

export interface ArmResult {
  /** Of all trials together. */
  readonly steps: number
  /** Trials that a finding has stopped. */
  readonly stopped: number
  /** The best value among the trials that trained for longest; null without any. */
  readonly value: JsonNumber | null
  /** Where this is worse than with every trial to its end: what ended the trial that wins there, after which step. */
  readonly lost: End | null
}

type Finished = Pick<TrainedTrial, 'trial' | 'end' | 'values' | 'findStop'>

interface Arm {
  readonly stops: boolean
  readonly by: Compared
  /** The trials that have the best value with every trial to its end; those of this way unless given. */
  readonly winners?: readonly number[]
}

/** The rungs of trials of `steps`, each twice as long as the one before. */
export function planParts(steps: number, rungs: number): Part[] {
  const ends = Array.from({ length: rungs }, (_, rung) => steps / 2 ** (rungs - 1 - rung))
  return ends.map((to, rung) => ({ from: ends[rung - 1] ?? 0, to }))
}

/** @param parts the rungs, or the one of a sweep that does not halve */
export function runArm(
  trials: readonly Finished[],
  parts: readonly Part[],
  { stops: stopsAtFindings, by, winners = [] }: Arm,
): ArmResult & { readonly best: readonly number[] } {
  const ended = new Map<number, End>()
  let going = trials
  let reached = 0
  for (const [rung, part] of parts.entries()) {
    reached = part.to
    const stops = stopsAtFindings ? findStops(going, part, ended) : new Map<number, End>()
    for (const { trial } of going) ended.delete(trial)
    for (const [trial, stop] of stops) ended.set(trial, stop)
    const isLast = rung === parts.length - 1
    const most = isLast ? trials.length : Math.max(1, Math.floor(trials.length / 2 ** (rung + 1)))
    const ranked = rankTrials(going, stops, part, by)
    for (const { trial } of ranked.slice(most)) ended.set(trial, { by: 'halving', step: part.to })
    going = (ranked.length > 0 || isLast ? ranked : rankStopped(going, stops)).slice(0, most)
  }
  const ends = trials.map(({ trial, end }) => Math.min(end, ended.get(trial)?.step ?? reached))
  const value = going[0]?.values[by.metric].get(reached)
  const best = going.filter(({ values }) => values[by.metric].get(reached) === value).map(({ trial }) => trial)
  const isLost = winners.length > 0 && !best.some((trial) => winners.includes(trial))
  return {
    steps: ends.reduce((sum, step) => sum + step, 0),
    stopped: [...ended.values()].filter(({ by: what }) => what !== 'halving').length,
    value: value ?? null,
    lost: isLost ? (winners.map((trial) => ended.get(trial)).find((end) => end !== undefined) ?? null) : null,
    best,
  }
}

/** The trials that a finding ends in a rung; one that was stopped in the rung before goes on from there. */
function findStops(
  going: readonly Finished[],
  { from, to }: Part,
  ended: ReadonlyMap<number, End>,
): ReadonlyMap<number, End> {
  const found = going.flatMap(({ trial, findStop }) => {
    const stop = findStop({ from: ended.get(trial)?.step ?? from, to })
    return stop === undefined ? [] : [[trial, stop] as const]
  })
  return new Map(found)
}

/** Those that were stopped, the one that went furthest first: where a rung has no others, they go on. */
function rankStopped(trials: readonly Finished[], stops: ReadonlyMap<number, End>): Finished[] {
  return trials
    .filter(({ trial }) => stops.has(trial))
    .toSorted((a, b) => stops.get(b.trial)!.step - stops.get(a.trial)!.step || a.trial - b.trial)
}

/** Those that were not stopped and have a value at the end of a rung, the best first; among equals the lower trial first. */
function rankTrials(
  trials: readonly Finished[],
  stops: ReadonlyMap<number, End>,
  { to }: Part,
  { metric, goal }: Compared,
): Finished[] {
  const sign = goal === 'min' ? 1 : -1
  return trials
    .filter(({ trial, values }) => !stops.has(trial) && values[metric].has(to))
    .toSorted((a, b) => sign * (a.values[metric].get(to)! - b.values[metric].get(to)!) || a.trial - b.trial)
}
