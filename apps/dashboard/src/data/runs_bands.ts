// Index loops over typed arrays stay inside their bounds by construction: `!` is allowed in this file.
import type { JobSpec } from '@unroll/client'
import { nearestIndex, type Column } from './columns.ts'
import { emptySpread } from './spread.ts'

/** Runs whose specifications differ in the seed alone, by their places in the list. */
export function groupRepeats(specs: readonly JobSpec[]): number[][] {
  const groups = new Map<string, number[]>()
  for (const [
    at,
    {
      name: _,
      metadata: __,
      training: { seed: ___, ...training },
      ...spec
    },
  ] of specs.entries()) {
    const key = JSON.stringify({ ...spec, training })
    groups.set(key, [...(groups.get(key) ?? []), at])
  }
  return [...groups.values()]
}

/** One series of one of some repeats. */
interface Repeat {
  readonly steps: Float64Array
  readonly column: Column
}

/**
 * The repeats of a run as one column over `steps`: the median of the values at each step, or of the last ones before it, and a
 * band from the least to the greatest. A value that is NaN or infinite in any of them is counted.
 */
export function mergeRepeats(repeats: readonly Repeat[], steps: Float64Array): Column {
  const merged = {
    values: new Float64Array(steps.length),
    present: new Uint8Array(steps.length),
    spread: emptySpread(steps.length),
  }
  const { spread } = merged
  for (const [row, step] of steps.entries()) {
    const all = repeats.flatMap((repeat) => readAt(repeat, step))
    const finite = all.filter(Number.isFinite).toSorted((a, b) => a - b)
    spread.first[row] = (row === 0 ? step - 1 : steps[row - 1]!) + 1
    spread.n[row] = finite.length
    spread.least[row] = finite[0] ?? Infinity
    spread.greatest[row] = finite.at(-1) ?? -Infinity
    spread.mean[row] = finite.reduce((sum, value) => sum + value, 0) / finite.length
    spread.nan[row] = all.filter(Number.isNaN).length
    spread.infinity[row] = all.filter((value) => value === Infinity).length
    spread.negativeInfinity[row] = all.filter((value) => value === -Infinity).length
    if (all.length === 0) continue
    merged.present[row] = 1
    merged.values[row] = finite.length === 0 ? all[0]! : median(finite)
  }
  return merged
}

/** The value at a step: none where the row nearest to it has none, or the run does not come so far. */
function readAt({ steps, column }: Repeat, step: number): number[] {
  const row = nearestIndex(steps, step)
  if (row < 0 || step > steps.at(-1)! || column.present[row] !== 1) return []
  return [column.values[row]!]
}

function median(sorted: readonly number[]): number {
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}
