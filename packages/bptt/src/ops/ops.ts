// The operations a cell and the training step may use. Whoever implements this interface interprets the step: with
// float64 loops, with the kernels of a tensor library, or by building a graph. So nothing here reads a value: shapes
// are static, and whatever depends on data is a `select`.
// Letters: N batch, T time steps, H hidden, V classes, R rows, C columns. Binary operations broadcast as NumPy does.
// A condition is a tensor of ones and zeros. NaN and Inf pass through every operation by the rules of IEEE 754;
// a comparison with NaN is 0.

import type { Tensors } from './tensors.ts'

/** Which operands of a product are read transposed. */
export interface MatMulOptions {
  readonly transposeA?: boolean
  readonly transposeB?: boolean
}

/** What a loss against given classes or labels yields; rows without a target count for nothing. */
export interface CrossEntropy<X> {
  /** Sum of the losses, scalar, in nats. */
  readonly loss: X
  /** Gradient of that sum with respect to the logits, [R,C]. */
  readonly dLogits: X
  /** How many targets there are, scalar. */
  readonly count: X
  /** How many of them the logits answer right, scalar. */
  readonly correct: X
}

/** What the mean of a loss against given classes yields, whose read-out adds a bias to each row. */
export interface MeanCrossEntropy<X> extends Pick<CrossEntropy<X>, 'loss' | 'correct'> {
  /** Gradient of the mean with respect to the logits, [R,C]. */
  readonly dO: X
  /** Its sum over the rows, [C]. */
  readonly dbo: X
}

/** One tensor for each size. */
export type Parts<X, Sizes extends readonly number[]> = { -readonly [Part in keyof Sizes]: X }

export interface Ops<X> {
  /** The static shape of a tensor. */
  shape(x: X): readonly number[]
  /** The size of one axis. Errors: TypeError when the tensor has no such axis. */
  size(x: X, axis: number): number
  /** A scalar, []. */
  constant(value: number): X
  zeros(shape: readonly number[]): X

  /** The same numbers in another shape. */
  reshape(x: X, shape: readonly number[]): X
  /** Joins tensors that differ along `axis` alone. */
  concat(xs: readonly X[], axis: number): X
  /** Parts of the given sizes along `axis`; inverse of concat. */
  split<const Sizes extends readonly number[]>(x: X, sizes: Sizes, axis: number): Parts<X, Sizes>

  /** a b of two matrices. */
  matMul(a: X, b: X, options?: MatMulOptions): X
  add(a: X, b: X): X
  sub(a: X, b: X): X
  mul(a: X, b: X): X
  div(a: X, b: X): X
  maximum(a: X, b: X): X
  /** x times a number known when the step is written. */
  scale(x: X, factor: number): X
  square(x: X): X
  sqrt(x: X): X
  abs(x: X): X
  exp(x: X): X
  cos(x: X): X
  sin(x: X): X
  /** ⌊log₂|x|⌋, a whole number, one more or less where x is next to a power of two; 0 for 0, Inf and NaN. */
  exponent(x: X): X
  /** 2ⁿ of whole numbers n from -126 to 127, exactly. */
  exp2(n: X): X
  /** log(1 + eˣ), without overflow; -softplus(-x) is log σ(x). */
  softplus(x: X): X
  /** x held within [-limit, limit]; NaN stays NaN. */
  clamp(x: X, limit: number): X

  sigmoid(x: X): X
  tanh(x: X): X
  relu(x: X): X
  /** dy y (1-y): gradient through y = sigmoid(x), from its output. */
  sigmoidGrad(y: X, dy: X): X
  /** dy (1-y²): gradient through y = tanh(x), from its output. */
  tanhGrad(y: X, dy: X): X
  /** dy where y > 0, NaN where y is NaN, else 0: gradient through y = relu(x), from its output. */
  reluGrad(y: X, dy: X): X

  /** 1 where a < b. */
  less(a: X, b: X): X
  /** 1 where x is neither Inf nor NaN. */
  isFinite(x: X): X
  /** `a` where the condition holds, else `b`; what is not chosen has no influence, NaN included. a and b have one shape, the condition broadcasts to it. */
  select(condition: X, a: X, b: X): X

  /** Sum of all elements, scalar. */
  sum(x: X): X
  /** Sum over the rows of [R,C], [C]. */
  sumRows(x: X): X
  /** Mean of each row of [R,C], [R,1]. */
  rowMeans(x: X): X

  /** The value that a share q (0 to 1) of the first `count` (1 to R) elements of [R] is below, scalar; linear between neighbours in order, as NumPy's quantile. */
  quantile(x: X, count: X, q: number): X

  /** Rows of table [V,C] by ids [R], [R,C]. */
  gather(table: X, ids: X): X
  /** Gradient of gather: rows [R,C] added up by id, [V,C]. */
  scatterAdd(ids: X, rows: X, V: number): X

  /** Cross-entropy of softmax(logits [R,V]) against class ids [R]; -1 is no target. Right is the largest logit. Losses, and with them gradients, are multiplied by the weight [1,V] of their class; by 1 unless given. */
  softmaxCrossEntropy(logits: X, targets: X, weights?: X): CrossEntropy<X>
  /** Binary cross-entropy of sigmoid(logits [R,C]) against labels [R,C] in [0,1]; NaN is no target. Right is the same side of ½. */
  sigmoidCrossEntropy(logits: X, targets: X): CrossEntropy<X>

  /** Norm of all elements, scalar. Scaled by the largest magnitude, so it overflows or vanishes only if the norm itself does. */
  norm(x: X): X
  /** Norm of each row of [R,C], [R,1]. */
  rowNorms(x: X): X
  /** Norm of each column of [R,C], [1,C]. */
  columnNorms(x: X): X
  /**
   * log₁₀ of the norm over all but the leading axis, [leading]: log₁₀ m + ½ log₁₀ Σ(x/m)² with m = max|x|, which
   * neither overflows nor underflows. -Infinity for exact zero, NaN if any element is NaN, else Infinity if any is infinite.
   */
  log10Norm(x: X): X

  /** Takes all steps of a recurrence as one operation; without it, `scan` of scan.ts takes them one by one. */
  scan?(recurrence: Recurrence<X>): Scanned<X>

  /**
   * Whether a scan multiplies the rows it is given by weights as fast as one product does that of all steps, and the numbers of a
   * row are the same however many rows there are; false unless given.
   */
  readonly scansProducts?: boolean

  /** Runs `body`, which goes element by element over tensors of one shape and scalars, as one pass; without it, `fused` of fused.ts runs it operation by operation. */
  fused?(inputs: Tensors<X>, body: (ops: Ops<X>, inputs: Tensors<X>) => Tensors<X>): Tensors<X>

  /** x W + b of matrices and a row [C] as one operation; without it, they are two. */
  affine?(x: X, W: X, b: X): X

  /** `softmaxCrossEntropy`, whose gradient is divided by a scalar and summed over the rows, as one operation; without it, readout.ts goes operation by operation. */
  meanCrossEntropy?(logits: X, targets: X, divisor: X): MeanCrossEntropy<X>

  /** An update by Adam as one pass; without it, optimizers/update.ts goes operation by operation. */
  adam?(pass: AdamPass<X>): Readonly<Record<'parameter' | 'm' | 'v', X>>

  /** Runs `body`, which computes the index-th shard of a batch, where that shard is computed; without it, all shards are computed in one place. */
  onShard?<Result>(index: number, body: () => Result): Result

  /** Runs `body` and frees every tensor made in it but those in its result (a tensor, or arrays and records of tensors). */
  scope<Result>(body: () => Result): Result
}

/** What an update by Adam reads: tensors of one shape, scalars and numbers (optimizers/adam.ts). */
export interface AdamPass<X> extends Readonly<
  Record<'parameter' | 'gradient' | 'm' | 'v' | 'stepSize' | 'rootScale', X>
> {
  readonly beta1: number
  readonly beta2: number
  readonly epsilon: number
  /** What the parameter is multiplied by first; 1 unless given. */
  readonly kept?: X
  /** What the gradient is multiplied by first, by one after the other; 1 unless given. */
  readonly factors?: readonly [X, X] | undefined
  /** Elements of the gradient that are larger then count as 0; all count unless given. */
  readonly largest?: number | undefined
  /** The part of the parameter that is then added to its gradient; 0 for none. */
  readonly decay: number
  /** 1 where the update is to be applied, else all stay as they are; applied unless given. */
  readonly may?: X | undefined
}

/** T tensors [N,…], or one [T·N,…] with the rows of step 1 first. */
export type Series<X> = { readonly steps: readonly X[] } | { readonly rows: X }

export type SeriesByName<X> = Readonly<Record<string, Series<X>>>

/** What `scan` goes through. */
export interface Recurrence<X> {
  /** T. */
  readonly steps: number
  /** From the last step to the first. */
  readonly backwards?: boolean
  /** What each step hands to the next, by name: its value before the first. */
  readonly carry: Tensors<X>
  /** What each step is given, by name. */
  readonly given: SeriesByName<X>
  /**
   * One step. Whatever it uses beside carry and given is the same at every step.
   * @returns The carry of the next step, by the same names, and what is kept of this one.
   */
  readonly step: (
    ops: Ops<X>,
    carry: Tensors<X>,
    given: Tensors<X>,
  ) => { readonly carry: Tensors<X>; readonly kept: Tensors<X> }
}

export interface Scanned<X> {
  /** After the last step taken. */
  readonly carry: Tensors<X>
  /** Oldest first, whichever way the steps were taken. */
  readonly kept: SeriesByName<X>
}
