/** How far off numbers are that are answered. */
export type RegressionLoss =
  | { kind: 'mse' | 'mae' }
  | { kind: 'huber'; /** The error from which on it grows linearly. */ delta: number }
  | {
      kind: 'quantile'
      /** Ascending; each target has an answer for each, side by side. */ quantiles: readonly number[]
    }
