import type { Compensation, Window } from '@unroll/bptt'
import type { JobSpec } from '@unroll/contract'
import { random } from '@unroll/random'

/** k1 and k2 of docs/math/notation.md's truncated BPTT; full BPTT is the case k1 = k2 = T. */
export interface Truncation {
  k1: number
  k2: number
  /** Of randomised truncation. */
  cuts?: Cuts
  /** Of adaptive truncation: k2 of the next window, by which the state is handed over; k2 unless given. */
  nextK2?: number
}

/** What has been decided in the course of a run about the data of a step. */
export interface Decided {
  /** How often a curriculum that grows when a length is solved has grown before the step; 0 unless given. */
  readonly growths?: number
  /** Of adaptive truncation: k2 of the step, at most k1 more than that of the step before, and of the next; the largest unless given. */
  readonly reach?: { readonly k2: number; readonly nextK2: number }
}

/** The places where randomised truncation may cut the gradient, between windows of k1 steps. */
export interface Cuts {
  readonly compensation: Compensation
  /** Whether there is a cut before the window of a step of the run, from 0. */
  isBefore(step: number): boolean
  /** How many steps the gradient of one answer at the end of T steps reaches back, in a step of the run, from 0. */
  drawReach(step: number, T: number): number
}

/** How far the gradient of an update reaches, for every kind of specification. */
export function truncation({ bptt, sequence_length: T, training }: JobSpec): Truncation {
  if (bptt.mode === 'full') return { k1: T, k2: T }
  if (bptt.mode === 'truncated') return { k1: bptt.k1, k2: Math.min(bptt.k2, T) }
  if (bptt.mode === 'adaptive') return { k1: bptt.k1, k2: bptt.k2_max ?? T }
  const { k1, truncation_probability: p } = bptt
  return { k1, k2: T, cuts: drawnCuts(training.seed, k1, p) }
}

function drawnCuts(seed: number, k1: number, p: number): Cuts {
  return {
    compensation: { every: k1, factor: 1 / (1 - p) },
    isBefore: (step) => random(seed, 'bptt.cuts', step).uniform() < p,
    drawReach(step, T) {
      const draws = random(seed, 'bptt.cuts', step)
      let reach = k1
      while (reach < T && draws.uniform() >= p) reach += k1
      return Math.min(reach, T)
    },
  }
}

/** A window of a longer sequence: steps [start, end), 0-based, and how to train on it. */
export interface SequenceWindow {
  start: number
  end: number
  window: Window
}

/**
 * The n-th window (n from 0) of truncated BPTT: it ends at step (n+1)·k1 and starts at most k2 steps before, at the newest
 * cut where these are drawn. Its loss is that of its newest k1 steps, so that no loss counts twice. The carried state is the
 * one at the start of the next window, as a constant.
 *
 * @param step The step of the run that trains on it, from 0: it draws the cuts.
 */
export function windowAt(n: number, { k1, k2, cuts, nextK2 = k2 }: Truncation, step: number): SequenceWindow {
  const findStart = (index: number): number => {
    const least = Math.max(0, (index + 1) * k1 - (index === n ? k2 : nextK2))
    if (cuts === undefined) return least
    let first = index
    while (first * k1 > least && !cuts.isBefore(step - n + first)) first--
    return Math.max(first * k1, least)
  }
  const start = findStart(n)
  return {
    start,
    end: (n + 1) * k1,
    window: {
      from: start === 0 ? 'initial' : 'carried',
      lossSteps: k1,
      advance: findStart(n + 1) - start,
      ...compensate(cuts),
    },
  }
}

/** What a window has of the cuts. */
export function compensate(cuts: Cuts | undefined): Pick<Window, 'compensation'> {
  return cuts === undefined ? {} : { compensation: cuts.compensation }
}
