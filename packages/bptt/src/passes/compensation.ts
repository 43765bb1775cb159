// What makes the gradient of randomised truncation right on average (Tallec and Ollivier 2017, "Unbiasing truncated
// backpropagation through time"): where it might have been cut and was not, it is divided by the probability of that.

import type { Compensation } from '../engine.ts'
import type { Ops, Series } from '../ops/ops.ts'
import { leading } from '../ops/series.ts'

/** What the gradients that each of T steps gets from the step after it are multiplied by, [1,1] each. */
export function compensationFactors<X>(ops: Ops<X>, { every, factor, offset = 0 }: Compensation, T: number): Series<X> {
  const passed = offset % every
  const periods = Math.ceil((passed + T) / every)
  const crossing = ops.reshape(ops.constant(factor), [1, 1])
  const one = ops.constant(1)
  const period = every === 1 ? crossing : ops.concat([ops.add(ops.zeros([1, every - 1]), one), crossing], 1)
  const rows = ops.reshape(ops.add(ops.zeros([periods, every]), period), [periods * every, 1])
  return { rows: leading(ops, rows, periods * every, { start: passed, end: passed + T }) }
}
