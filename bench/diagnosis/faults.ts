// What is seeded into the specifications of the bank, and what a diagnosis is to tell of each.

import type { FindingCode } from '@unroll/contract'

export const FAULT_NAMES = [
  'healthy',
  'radius_too_large',
  'rate_too_high',
  'memory_too_short',
  'reach_too_short',
  'window_too_short',
  'window_biased',
  'threshold_too_low',
  'threshold_too_high',
  'weights_too_large',
  'rate_too_low',
] as const
export type FaultName = (typeof FAULT_NAMES)[number]

/** What is seeded, and what follows of it. */
export interface Truth {
  /** In words. */
  readonly what: string
  /** The findings that the construction makes right: one that is not told is missed. */
  readonly wanted: readonly FindingCode[]
  /** Findings that may follow of the fault: neither wanted nor wrong. */
  readonly allowed: readonly FindingCode[]
  /**
   * What the outcome of the run has to be beside that of its twin, which has no fault: `worse` ends with a loss at least a fifth
   * higher, or is no longer finite; `same` ends with the same loss to the last bit; `learned` has no twin and ends below half of the
   * loss at chance.
   */
  readonly outcome: 'worse' | 'same' | 'learned'
}

/** Any other finding of a specification is wrong. Of `at_chance` the outcome of the run alone decides (`score.ts`). */
export const FAULTS: Readonly<Record<FaultName, Truth>> = {
  healthy: { what: 'none', wanted: [], allowed: [], outcome: 'learned' },
  radius_too_large: {
    what: 'recurrent weights multiply the gradient at each step by more than 1, and nothing clips it',
    wanted: ['exploding'],
    allowed: ['saturated_units', 'vanishing', 'horizon_short'], // bounded units are driven to their bounds, those of relu die
    outcome: 'worse',
  },
  rate_too_high: {
    what: 'a learning rate that carries the weights away, and nothing clips the gradient',
    wanted: ['exploding'],
    allowed: ['saturated_units', 'vanishing', 'horizon_short'], // units of relu that an update has killed pass no gradient
    outcome: 'worse',
  },
  memory_too_short: {
    what: 'the state forgets so fast that less than 1e-4 of the gradient is left at the first step',
    wanted: ['vanishing', 'horizon_short'],
    allowed: [],
    outcome: 'worse',
  },
  reach_too_short: {
    what: 'the gradient has fallen below 1 % before it gets to the input that is asked for, and not below 1e-4 at the first step',
    wanted: ['horizon_short'],
    allowed: [],
    outcome: 'worse',
  },
  window_too_short: {
    what: 'backpropagation is truncated before it gets to the input that is asked for; one answer, at the end',
    wanted: ['horizon_short'],
    allowed: ['truncation_biased'], // the same fault, measured by its effect on the gradient
    outcome: 'worse',
  },
  window_biased: {
    what: 'backpropagation is truncated below the lag; an answer at every step',
    wanted: ['truncation_biased'],
    allowed: ['horizon_short'],
    outcome: 'worse',
  },
  threshold_too_low: {
    what: 'a clipping threshold far below every norm, with an optimizer whose updates are proportional to the gradient',
    wanted: ['clip_saturated'],
    allowed: ['vanishing', 'horizon_short'], // gates begin half open, and stay so

    outcome: 'worse',
  },
  threshold_too_high: {
    what: 'a clipping threshold that no norm of the run reaches',
    wanted: ['clip_idle'],
    allowed: [],
    outcome: 'same',
  },
  weights_too_large: {
    what: 'weights, of the input or all, that drive bounded units or gates to their bounds from the start',
    wanted: ['saturated_units'],
    allowed: ['vanishing', 'horizon_short', 'exploding'], // no gradient passes saturated units; large recurrent weights multiply it
    outcome: 'worse',
  },
  rate_too_low: {
    what: 'a learning rate at which nothing is learned in the steps of the run; the gradient reaches the input',
    wanted: ['at_chance'],
    allowed: ['vanishing', 'horizon_short'],
    outcome: 'worse',
  },
}
