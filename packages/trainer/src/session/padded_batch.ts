import type { Batch } from '@unroll/bptt'
import type { Problem, SessionBatch } from '@unroll/contract'

/**
 * A batch with as many rows and time steps as a session always computes: an engine compiles its functions for one shape, so that
 * clients may send any. Rows and time steps beyond those of the batch are left out by their lengths, and have no targets.
 */
export function padBatch(
  { rows: n, steps: t, inputs, targets, lengths }: SessionBatch,
  { mode }: Pick<Problem, 'mode'>,
  { rows: N, steps: T }: { rows: number; steps: number },
): Batch {
  const isWhole = n === N && lengths.every((length) => length === T)
  if (isWhole) return { steps: T, inputs, targets }
  const none = targets instanceof Int32Array ? -1 : Number.NaN
  const answered = mode === 'many_to_many'
  const all = new Int32Array(N)
  all.set(lengths)
  return {
    steps: T,
    inputs: spread(inputs, { steps: t, rows: n }, { steps: T, rows: N }, 0),
    targets: spread(targets, { steps: answered ? t : 1, rows: n }, { steps: answered ? T : 1, rows: N }, none),
    lengths: all,
  }
}

interface Extent {
  steps: number
  rows: number
}

/** [steps,rows,…] within a larger array. */
function spread<Numbers extends Float32Array | Int32Array>(
  given: Numbers,
  from: Extent,
  to: Extent,
  rest: number,
): Numbers {
  const width = given.length / (from.steps * from.rows)
  const length = to.steps * to.rows * width
  const all = (given instanceof Int32Array ? new Int32Array(length) : new Float32Array(length)).fill(rest) as Numbers
  for (let t = 0; t < from.steps; t++)
    all.set(given.subarray(t * from.rows * width, (t + 1) * from.rows * width), t * to.rows * width)
  return all
}
