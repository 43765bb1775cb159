import type { Shrinking } from '../clip/policy.ts'
import type { Ops } from '../ops/ops.ts'

export interface UpdateInput<X, Moment extends string, Scalar extends string> {
  readonly parameter: X
  readonly gradient: X
  /** Of the parameter's shape, zeros before the first update. */
  readonly moments: Readonly<Record<Moment, X>>
  readonly scalars: Readonly<Record<Scalar, X>>
}

export interface Update<X, Moment extends string> {
  readonly parameter: X
  readonly moments: Readonly<Record<Moment, X>>
}

/** What is done before and after a rule, of `UpdateGiven`. */
export interface Around<X> {
  readonly by: Shrinking<X> | undefined
  readonly largest: number | undefined
  /** λ of the weight decay that is part of the gradient; 0 for none. */
  readonly decay: number
  readonly may: X | undefined
}

/** Its square is the largest float32, but for rounding. */
export const LARGEST_SQUARED = 1.8e19
/** A third of the largest float32, so that two of them can be added up. */
const LARGEST = 1e38

/** The largest norm that leaves a parameter finite which moves by `factor` times the gradient. */
export function largestTimes(factor: number): number {
  return LARGEST / Math.max(1, factor)
}

/** An update rule with the semantics of `torch.optim`: pure, one parameter tensor at a time. */
export interface UpdateRule<Settings, Moment extends string = string, Scalar extends string = string> {
  /** Whether the rule itself has weights decay; else λ p is part of the gradient that it is given. */
  readonly decays?: true
  /**
   * Numbers that change from update to update, computed on the host in float64.
   * @param update Counts applied updates from 1.
   */
  scalars(settings: Settings, learningRate: number, update: number): Readonly<Record<Scalar, number>>
  /**
   * The largest norm of a gradient that leaves parameters and moments finite in float32, however many such gradients
   * come. No element is larger than the norm, so that no element has to be looked at.
   */
  largest(settings: Settings & { readonly learning_rate: number }): number
  update<X>(ops: Ops<X>, settings: Settings, input: UpdateInput<X, Moment, Scalar>): Update<X, Moment>
  /** The same with what is done around it in one pass, where the engine has one for this rule. */
  pass?<X>(
    ops: Ops<X>,
    settings: Settings,
    input: UpdateInput<X, Moment, Scalar>,
    around: Around<X>,
  ): Readonly<Record<'parameter' | Moment, X>> | undefined
}
