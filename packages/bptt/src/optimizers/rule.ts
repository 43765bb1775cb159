import type { Ops } from '../ops.ts'

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

/** An update rule with the semantics of `torch.optim`: pure, one parameter tensor at a time. */
export interface UpdateRule<Settings, Moment extends string = string, Scalar extends string = string> {
  readonly moments: readonly Moment[]
  /**
   * Numbers that change from update to update, computed on the host in float64.
   * @param update Counts applied updates from 1.
   */
  scalars(settings: Settings, learningRate: number, update: number): Readonly<Record<Scalar, number>>
  update<X>(ops: Ops<X>, settings: Settings, input: UpdateInput<X, Moment, Scalar>): Update<X, Moment>
}
