import { mapTensors } from '@unroll/bptt'
import type { Interpreter } from '@unroll/engines'
import type { Comparison } from '../comparison.ts'
import { decode, type GoldenTensors } from './read.ts'
import { computeSum, type WindowedFile } from './tbptt.ts'

export interface RandomisedFile extends WindowedFile {
  readonly truncationProbability: number
  readonly draws: readonly {
    /** Whether the gradient is cut at each place. */
    readonly cuts: readonly boolean[]
    readonly probability: number
    readonly sum: GoldenTensors
  }[]
  /** That of full backpropagation. */
  readonly mean: GoldenTensors
}

/** The gradient of every draw, and their mean, which is that of full backpropagation. */
export function compareRandomised<X>(interpreter: Interpreter<X>, file: RandomisedFile, comparison: Comparison): void {
  const { name, k1, sizes, truncationProbability: p, draws } = file
  const compensation = { every: k1, factor: 1 / (1 - p) }
  const mean: Record<string, Float64Array> = {}
  for (const { cuts, probability, sum } of draws) {
    const windows = Array.from({ length: sizes.T / k1 }, (_, n) => {
      const start = cuts.slice(0, n).lastIndexOf(true) + 1
      return { n, start: start * k1, lossFrom: n * k1, end: (n + 1) * k1, compensation }
    })
    const got = computeSum(interpreter, file, windows)
    for (const [parameter, wanted] of Object.entries(sum)) {
      comparison.close(`${name} cut ${cuts.join()} Σd${parameter}`, got[parameter]!, decode(wanted).data)
      mean[parameter] = got[parameter]!.map((value, i) => probability * value + (mean[parameter]?.[i] ?? 0))
    }
  }
  for (const [parameter, { data }] of Object.entries(mapTensors(file.mean, decode)))
    comparison.close(`${name} mean Σd${parameter}`, mean[parameter]!, data)
}
