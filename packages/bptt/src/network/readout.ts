// The read-out o_t = g(Wo h_t + bo) of the steps that have a loss, all at once, and its loss.
//   (1) O = H Wo + bo                 [R,K]   R = steps with a loss × N; packed Wo is [H,K]
//   (2) L = mean over the targets of loss(g(O), targets)

import type { RegressionLoss } from '@unroll/contract'
import type { ReadoutKind, ReadoutPlan } from '../engine.ts'
import type { Ops } from '../ops/ops.ts'
import { scan } from '../ops/scan.ts'
import { joinRows } from '../ops/series.ts'
import { named, type Tensors } from '../ops/tensors.ts'

/** A loss summed over its targets. */
interface Summed<X> {
  readonly loss: X
  readonly dLogits: X
  readonly count: X
  /** Absent where no answer is right or wrong. */
  readonly correct?: X
}

type Loss = <X>(ops: Ops<X>, logits: X, targets: X, plan: ReadoutPlan) => Summed<X>

const LOSSES: Readonly<Record<ReadoutKind, Loss>> = {
  softmax: (ops, logits, targets, { classWeights }) =>
    ops.softmaxCrossEntropy(logits, targets, classWeights && toRow(ops, classWeights)),
  sigmoid: (ops, logits, targets) => ops.sigmoidCrossEntropy(logits, targets),
  identity: errorLoss,
}

/** The loss of an error e = o - target, summed, and its gradient; 0 where e is 0. */
type ErrorLoss<Kind> = <X>(
  ops: Ops<X>,
  error: X,
  loss: Extract<RegressionLoss, { kind: Kind }>,
) => { loss: X; dError: X }

const ERROR_LOSSES: { readonly [Kind in RegressionLoss['kind']]: ErrorLoss<Kind> } = {
  /** Σ e² */
  mse: (ops, error) => ({ loss: ops.sum(ops.square(error)), dError: ops.scale(error, 2) }),
  /** Σ |e| */
  mae: (ops, error) => ({ loss: ops.sum(ops.abs(error)), dError: ops.sub(isAbove(ops, error), isBelow(ops, error)) }),
  /** Σ ½ e² where |e| ≤ δ, else δ(|e| - ½ δ): c(e - ½ c) with e clamped as c (Huber 1964). */
  huber: (ops, error, { delta }) => {
    const clamped = ops.clamp(error, delta)
    return { loss: ops.sum(ops.mul(clamped, ops.sub(error, ops.scale(clamped, 0.5)))), dError: clamped }
  },
  /** Σ (1-q) e where e > 0, else -q e (Koenker and Bassett 1978). */
  quantile: (ops, error, { quantiles }) => {
    const [, K = 1] = ops.shape(error)
    const each = Array.from({ length: K }, (_, k) => quantiles[k % quantiles.length]!)
    const q = toRow(ops, each)
    const over = ops.mul(isAbove(ops, error), ops.sub(ops.constant(1), q))
    const dError = ops.sub(over, ops.mul(isBelow(ops, error), q))
    return { loss: ops.sum(ops.mul(error, dError)), dError }
  },
}

/** A target that is NaN is none. */
function errorLoss<X>(ops: Ops<X>, outputs: X, targets: X, { loss = { kind: 'mse' } }: ReadoutPlan): Summed<X> {
  const valid = ops.isFinite(targets)
  const error = ops.select(valid, ops.sub(outputs, targets), ops.zeros(ops.shape(outputs)))
  const lossOf = ERROR_LOSSES[loss.kind] as ErrorLoss<RegressionLoss['kind']>
  const { loss: sum, dError } = lossOf(ops, error, loss)
  return { loss: sum, dLogits: dError, count: ops.sum(valid) }
}

function isAbove<X>(ops: Ops<X>, x: X): X {
  return ops.less(ops.constant(0), x)
}

function isBelow<X>(ops: Ops<X>, x: X): X {
  return ops.less(x, ops.constant(0))
}

/** Numbers known when the step is written, [1,C]. */
function toRow<X>(ops: Ops<X>, values: readonly number[]): X {
  return ops.concat(
    values.map((value) => ops.reshape(ops.constant(value), [1, 1])),
    1,
  )
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
  /** Before the nonlinearity, [R,K]. */
  readonly outputs: X
  /** H, [R,H]. */
  readonly H: X
  /** Gradient of the loss, [R,K]. */
  readonly dO: X
  /** Its sum over the rows, [K]; absent where that is yet to be added up. */
  readonly dbo?: X
}

/** What the read-out reads. */
export interface ReadoutSteps<X> {
  /** h_t of the top layer for the steps that have a loss, [R,H]. */
  readonly H: X
  /** Their targets, oldest first: [R] ids for softmax, else [R,K]. */
  readonly targets: X
  /** How many targets the mean is taken over; these alone unless given. */
  readonly total?: X | undefined
  /** N, where the outputs are those of `answerRows`. */
  readonly answeredBy?: number | undefined
}

/** Equation (1). */
export function computeOutputs<X>(ops: Ops<X>, parameters: Tensors<X>, H: X): X {
  const [Wo, bo] = [named(parameters, 'readout.Wo'), named(parameters, 'readout.bo')]
  return ops.affine?.(H, Wo, bo) ?? ops.add(ops.matMul(H, Wo), bo)
}

/** Equation (1), of N rows at a time where a scan does so: the numbers of a row are then the same however many rows there are. */
export function answerRows<X>(ops: Ops<X>, parameters: Tensors<X>, { H, N }: { readonly H: X; readonly N: number }): X {
  if (ops.scansProducts !== true) return computeOutputs(ops, parameters, H)
  const { kept } = scan(ops, {
    steps: ops.size(H, 0) / N,
    carry: {},
    given: { h: { rows: H } },
    step: (inner, _, { h }) => ({ carry: {}, kept: { o: computeOutputs(inner, parameters, h!) } }),
  })
  return joinRows(ops, named(kept, 'o'))
}

/** Equations (1) and (2). */
export function readout<X>(
  ops: Ops<X>,
  plan: ReadoutPlan,
  parameters: Tensors<X>,
  { H, targets, total, answeredBy: N }: ReadoutSteps<X>,
): Readout<X> {
  return ops.scope(() => {
    const O = N === undefined ? computeOutputs(ops, parameters, H) : answerRows(ops, parameters, { H, N }) // (1)
    const { loss, correct, divisor, ...gradients } = computeLoss(ops, plan, O, { targets, total })
    return {
      loss: ops.div(loss, divisor), // (2)
      ...(correct !== undefined && { accuracy: ops.div(correct, divisor) }),
      outputs: O,
      H,
      ...gradients,
    }
  })
}

/** The loss summed over the targets, and the gradients of its mean. */
function computeLoss<X>(
  ops: Ops<X>,
  plan: ReadoutPlan,
  O: X,
  { targets, total }: Pick<ReadoutSteps<X>, 'targets' | 'total'>,
): Pick<Summed<X>, 'loss' | 'correct'> & Pick<Readout<X>, 'dO' | 'dbo'> & { readonly divisor: X } {
  const atLeastOne = (count: X): X => ops.maximum(count, ops.constant(1))
  if (plan.kind === 'softmax' && plan.classWeights === undefined && ops.meanCrossEntropy !== undefined) {
    const divisor = atLeastOne(total ?? countTargets(ops, plan.kind, targets))
    return { ...ops.meanCrossEntropy(O, targets, divisor), divisor }
  }
  const { loss, dLogits, count, correct } = LOSSES[plan.kind](ops, O, targets, plan)
  const divisor = atLeastOne(total ?? count)
  return { loss, ...(correct !== undefined && { correct }), dO: ops.div(dLogits, divisor), divisor }
}

/** dL/dH [R,H] and the gradients of the read-out's parameters. */
export function readoutBackward<X>(
  ops: Ops<X>,
  parameters: Tensors<X>,
  { H, dO, dbo }: Readout<X>,
): { dH: X; gradients: Tensors<X> } {
  return ops.scope(() => ({
    dH: ops.matMul(dO, named(parameters, 'readout.Wo'), { transposeB: true }), // (1)
    gradients: {
      'readout.Wo': ops.matMul(H, dO, { transposeA: true }),
      'readout.bo': dbo ?? ops.sumRows(dO),
    },
  }))
}
