import type { Window } from '@unroll/bptt'
import type { JobSpec } from '@unroll/contract'

/** k1 and k2 of docs/math/notation.md's truncated BPTT; full BPTT is the case k1 = k2 = T. */
export interface Truncation {
  k1: number
  k2: number
}

/** How far the gradient of an update reaches, for every kind of specification. */
export function truncation({ bptt, sequence_length: T }: JobSpec): Truncation {
  return bptt.mode === 'full' ? { k1: T, k2: T } : { k1: bptt.k1, k2: Math.min(bptt.k2, T) }
}

/** A window of a longer sequence: steps [start, end), 0-based, and how to train on it. */
export interface SequenceWindow {
  start: number
  end: number
  window: Window
}

/**
 * The n-th window (n from 0) of truncated BPTT: it ends at step (n+1)·k1 and starts at most k2 steps before. Its loss
 * is that of its newest k1 steps, so that no loss counts twice. The carried state is the one at the start of the next
 * window, as a constant.
 */
export function windowAt(n: number, { k1, k2 }: Truncation): SequenceWindow {
  const findStart = (index: number) => Math.max(0, (index + 1) * k1 - k2)
  const start = findStart(n)
  return {
    start,
    end: (n + 1) * k1,
    window: { from: start === 0 ? 'initial' : 'carried', lossSteps: k1, advance: findStart(n + 1) - start },
  }
}
