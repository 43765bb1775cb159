// Index loops over typed arrays stay inside their bounds by construction: `!` is allowed in this file.
import type { Column } from '../data/columns.ts'

/**
 * Exponential moving average of a column with bias correction, so that the first average is the first value. A bucket
 * counts as many times its mean as it has finite values. A row without a finite value has no average and leaves the
 * state unchanged.
 *
 * @param decay weight of the past, in [0, 1)
 */
export function ema({ values, present, spread }: Column, decay: number): Column {
  const smooth = { values: new Float64Array(values.length), present: new Uint8Array(values.length) }
  let sum = 0
  let weight = 0
  for (let row = 0; row < values.length; row += 1) {
    const value = spread === undefined ? values[row]! : spread.mean[row]!
    if (present[row] === 0 || !Number.isFinite(value)) continue
    const past = decay ** (spread?.n[row] ?? 1)
    sum = past * sum + (1 - past) * value
    weight = past * weight + (1 - past)
    smooth.values[row] = sum / weight
    smooth.present[row] = 1
  }
  return smooth
}
