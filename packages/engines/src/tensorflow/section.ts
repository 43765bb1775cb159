// A section of a run's graph: what it is compiled for, what it is given and what it gives.

import type { Batch, Network, Observed, Program, StepReportTensors, Tensors, Window } from '@unroll/bptt'
import type { Node } from './graph.ts'
import type { Target } from './placement.ts'

/** What a section is compiled for. */
export interface SectionShape {
  readonly kind: 'step' | 'forward' | 'evaluate' | 'observe' | 'bias' | 'chunk' | 'ends'
  /** T. */
  readonly steps: number
  /** chunk: as many as `steps`, or 0. */
  readonly lossSteps: number
  readonly advance: number
  /** The state before the first step. */
  readonly from: Window['from']
  /** Whether rows differ in length. */
  readonly masked: boolean
  /** step: whether the flow is reported. It is made where the gradient passes by, so it cannot be left unread. */
  readonly flow?: boolean
  /** observe, chunk: what is looked at. */
  readonly observed?: Observed | undefined
  /** chunk, ends: whether it belongs to an evaluation, whose states are its own and where no unit is dropped. */
  readonly evaluates?: boolean
  /** bias: the truncation that is held against the full gradient. */
  readonly truncation?: { readonly k1: number; readonly k2: number }
}

/** What a section for a batch and a window is compiled for. */
export function shapeOf(
  kind: SectionShape['kind'],
  { steps, lengths }: Batch,
  { lossSteps, advance, from }: Window,
  more: Pick<SectionShape, 'flow' | 'observed' | 'truncation'> = {},
): SectionShape {
  return { kind, steps, lossSteps, advance, from, masked: lengths !== undefined, ...more }
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
  /** Absent from ends. */
  readonly inputs?: Node
  /** Absent from forward, and from chunks without a loss. */
  readonly targets?: Node
  /** chunk: how many targets the loss is averaged over, scalar. */
  readonly divisor?: Node
  /** step, ends: the optimizer's scalars. */
  readonly scalars?: Node
  /** [TN,1], where rows differ in length: 1 where a row's sequence still goes on. */
  readonly mask?: Node
  /** [layers-1,N,H], where units are dropped. */
  readonly dropout?: Node
  /** Fetching it makes the section's effects happen. step: SCALARS; evaluate: loss and, if there is one, accuracy; bias: relative, cosine; forward: a number. */
  readonly report: Node
  /** step: [accuracy if there is one, then the norm of each parameter's gradient]. */
  readonly metrics?: { readonly node: Node; readonly accuracy: boolean; readonly parameters: readonly string[] }
  /** step: [L·S·T], all series of the layers in turn; of each layer those of `states`. */
  readonly flow?: { readonly node: Node; readonly states: readonly string[] }
  /** evaluate: of the read-out, before its nonlinearity. */
  readonly outputs?: Node
  /** chunk, ends: what other sections hand it, by name. */
  readonly takes?: Tensors<Node>
  /** chunk, ends: what it hands to others, by name. */
  readonly gives?: Tensors<Node>
  /** ends: fetching it keeps the states that it takes. */
  readonly moved?: Node
  /** observe: the names of the saturation series, whose values follow the probe flow in the report. */
  readonly saturation?: readonly string[]
}

/** What all sections of a graph share. */
export interface Run {
  readonly network: Network
  readonly program: Program
  readonly shards: number
  /** GPUs that the shards are spread over. */
  readonly gpus: number
  readonly target: Target
}

/** Evaluation carries states of its own. */
export const EVALUATED = 'evaluated.'
export const CARRIED = 'carried.'
