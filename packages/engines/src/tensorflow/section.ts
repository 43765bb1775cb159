// A section of a run's graph: what it is compiled for, what it is given and what it gives.

import type { Network, Observed, Program, StepReportTensors, Window } from '@unroll/bptt'
import type { Node } from './graph.ts'

/** What a section is compiled for. */
export interface SectionShape {
  readonly kind: 'step' | 'forward' | 'evaluate' | 'observe' | 'bias'
  /** T. */
  readonly steps: number
  readonly lossSteps: number
  readonly advance: number
  /** The state before the first step. */
  readonly from: Window['from']
  /** Whether rows differ in length. */
  readonly masked: boolean
  /** step: whether the flow is reported. It is made where the gradient passes by, so it cannot be left unread. */
  readonly flow?: boolean
  /** observe: what is looked at. */
  readonly observed?: Observed
  /** bias: the truncation that is held against the full gradient. */
  readonly truncation?: { readonly k1: number; readonly k2: number }
}

/** Reports that are always read, in order. */
export const SCALARS: readonly Scalar[] = [
  'loss',
  'gradNorm',
  'gradNormClipped',
  'clipCoefficient',
  'clippedFraction',
  'finite',
  'updated',
]

export type Scalar = Exclude<keyof StepReportTensors<Node>, 'accuracy' | 'parameterNorms' | 'flow'>

export interface Section {
  readonly inputs: Node
  /** Absent from forward. */
  readonly targets?: Node
  /** step: the optimizer's scalars. */
  readonly scalars?: Node
  /** [TN,1], where rows differ in length: 1 where a row's sequence still goes on. */
  readonly goesOn?: Node
  /** [layers-1,N,H], where units are dropped. */
  readonly dropout?: Node
  /** Fetching it makes the section's effects happen. step: SCALARS; evaluate: loss and, if there is one, accuracy; bias: relative, cosine; forward: a number. */
  readonly report: Node
  /** step: [accuracy if there is one, then the norm of each parameter's gradient]. */
  readonly metrics?: { readonly node: Node; readonly accuracy: boolean; readonly parameters: readonly string[] }
  /** step: [L·S·T], all series of the layers in turn; of each layer those of `states`. */
  readonly flow?: { readonly node: Node; readonly states: readonly string[] }
  /** observe: the names of the saturation series, whose values follow the probe flow in the report. */
  readonly saturation?: readonly string[]
}

/** What all sections of a graph share. */
export interface Run {
  readonly network: Network
  readonly program: Program
  readonly shards: number
  /** Whether our own kernels may be used. */
  readonly kernels: boolean
}

/** Evaluation carries states of its own. */
export const EVALUATED = 'evaluated.'
export const CARRIED = 'carried.'
