/** How far off numbers are that are answered. */
export type RegressionLoss =
  | { kind: 'mse' | 'mae' }
  | { kind: 'huber'; /** The error from which on it grows linearly. */ delta: number }
  | {
      kind: 'quantile'
      /** Ascending; each target has an answer for each, side by side. */ quantiles: readonly number[]
    }

/** The quantiles that are answered for each number; of any other loss the median alone. */
export function answeredQuantiles(loss: RegressionLoss | null): readonly number[] {
  return loss?.kind === 'quantile' ? loss.quantiles : [0.5]
}
