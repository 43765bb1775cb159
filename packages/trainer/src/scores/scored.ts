import type { Batch } from '@unroll/bptt'
import type { ClassRow } from './f1.ts'

/** Outputs of a read-out, a row for each row of targets. */
export type Outputs = Float32Array | Float64Array

/** What is told of an evaluation beside loss and accuracy. */
export interface Scored {
  /** By name, such as `macro_f1`; `mae/3` of a horizon. */
  readonly scores: Readonly<Record<string, number>>
  readonly classes?: readonly ClassRow[]
  /** [target][answer] */
  readonly confusion?: readonly (readonly number[])[]
  readonly horizons?: readonly { horizon: number; targets: number; mae: number; rmse: number }[]
}

/** Adds up how targets are answered, batch after batch. */
export interface Scores {
  /** Whether it looks at outputs. */
  readonly wantsOutputs: boolean
  add(outputs: Outputs, targets: Batch['targets']): void
  /** @param loss The mean over all targets. */
  result(loss: number): Scored
}
