// The read-out o_t = g(Wo h_t + bo) of the steps that have a loss, all at once, and its loss.
//   (1) O = H Wo + bo                 [R,K]   R = steps with a loss × N; packed Wo is [H,K]
//   (2) L = mean over the targets of loss(g(O), targets)

import type { ReadoutKind } from '../engine.ts'
import type { Ops } from '../ops/ops.ts'
import { named, type Tensors } from '../ops/tensors.ts'

/** A loss summed over its targets. */
interface Summed<X> {
  readonly loss: X
  readonly dLogits: X
  readonly count: X
  /** Absent where no answer is right or wrong. */
  readonly correct?: X
}

type Loss = <X>(ops: Ops<X>, logits: X, targets: X) => Summed<X>

const LOSSES: Readonly<Record<ReadoutKind, Loss>> = {
  softmax: (ops, logits, targets) => ops.softmaxCrossEntropy(logits, targets),
  sigmoid: (ops, logits, targets) => ops.sigmoidCrossEntropy(logits, targets),
  identity: squaredError,
}

/** Σ (o - target)²; a target that is NaN is none. */
function squaredError<X>(ops: Ops<X>, outputs: X, targets: X): Summed<X> {
  const valid = ops.isFinite(targets)
  const error = ops.select(valid, ops.sub(outputs, targets), ops.zeros(ops.shape(outputs)))
  return { loss: ops.sum(ops.square(error)), dLogits: ops.scale(error, 2), count: ops.sum(valid) }
}

/** How many targets there are, scalar: class ids from 0, else numbers that are finite. */
export function countTargets<X>(ops: Ops<X>, kind: ReadoutKind, targets: X): X {
  return ops.scope(() => ops.sum(kind === 'softmax' ? ops.less(ops.constant(-1), targets) : ops.isFinite(targets)))
}

export interface Readout<X> {
  /** Mean over the targets, scalar. */
  readonly loss: X
  /** Share of targets answered right, scalar; softmax and sigmoid only. */
  readonly accuracy?: X
  /** H, [R,H]. */
  readonly H: X
  /** Gradient of the loss, [R,K]. */
  readonly dO: X
}

/** What the read-out reads. */
export interface ReadoutSteps<X> {
  /** h_t of the top layer for the steps that have a loss, [R,H]. */
  readonly H: X
  /** Their targets, oldest first: [R] ids for softmax, else [R,K]. */
  readonly targets: X
  /** How many targets the mean is taken over; these alone unless given. */
  readonly total?: X | undefined
}

/** Equations (1) and (2). */
export function readout<X>(
  ops: Ops<X>,
  kind: ReadoutKind,
  parameters: Tensors<X>,
  { H, targets, total }: ReadoutSteps<X>,
): Readout<X> {
  return ops.scope(() => {
    const O = ops.add(ops.matMul(H, named(parameters, 'readout.Wo')), named(parameters, 'readout.bo')) // (1)
    const { loss, dLogits, count, correct } = LOSSES[kind](ops, O, targets)
    const divisor = ops.maximum(total ?? count, ops.constant(1))
    return {
      loss: ops.div(loss, divisor), // (2)
      ...(correct !== undefined && { accuracy: ops.div(correct, divisor) }),
      H,
      dO: ops.div(dLogits, divisor),
    }
  })
}

/** dL/dH [R,H] and the gradients of the read-out's parameters. */
export function readoutBackward<X>(
  ops: Ops<X>,
  parameters: Tensors<X>,
  { H, dO }: Readout<X>,
): { dH: X; gradients: Tensors<X> } {
  return ops.scope(() => ({
    dH: ops.matMul(dO, named(parameters, 'readout.Wo'), { transposeB: true }), // (1)
    gradients: {
      'readout.Wo': ops.matMul(H, dO, { transposeA: true }),
      'readout.bo': ops.sumRows(dO),
    },
  }))
}
