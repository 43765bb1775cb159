// The probe flow on the host, from norms and exponents of rows: log₁₀ φ in float64, which float32 holds neither far below 1e-38
// nor to 1e-6 of φ.

import type { ProbeNorms } from '../engine.ts'
import type { Network } from '../network/network.ts'

type Numbers = Float32Array | Float64Array

/** What `probeFlow` found of one layer, of all rows or some: T lists, one after the other, in each. */
export interface ProbedLayer {
  /** Norm of each row, to be multiplied by 2 to the power of its exponent. */
  readonly norms: Numbers
  readonly exponents: Numbers
  /** How many derivatives are rounded to 0. */
  readonly rounded: Numbers
}

/**
 * The probe flow of each layer over all rows.
 *
 * @param parts Parts of the batch, each with all layers.
 */
export function readProbe(
  { layers }: Pick<Network, 'layers'>,
  parts: readonly (readonly Readonly<Record<string, Numbers>>[])[],
  T: number,
): readonly ProbeNorms[] {
  const all = layers.map((_, layer) => parts.map((part) => part[layer] as unknown as ProbedLayer))
  const norms = all.map((own) => Float64Array.from({ length: T }, (_, t) => joinRowNorms(own, t, T)))
  const rounded = all.map((own) => Array.from({ length: T }, (_, t) => addUp(own, t, T)))
  return layers.map((_, layer) => ({
    log10: norms[layer]!,
    rounded: countRoundedEnd(layers, { layer, norms, rounded }),
  }))
}

/** log₁₀ of the norm over the rows of all parts at step t: NaN where one is NaN, else Infinity where one is. */
function joinRowNorms(parts: readonly ProbedLayer[], t: number, T: number): number {
  const logs = parts.flatMap(({ norms, exponents }) => {
    const N = norms.length / T
    return Array.from(norms.subarray(t * N, (t + 1) * N), (norm, n) => Math.log2(norm) + exponents[t * N + n]!)
  })
  const largest = logs.reduce((most, log) => Math.max(most, log), -Infinity)
  if (!Number.isFinite(largest)) return largest
  const sum = logs.reduce((total, log) => total + 2 ** (2 * (log - largest)), 0)
  return (largest + Math.log2(sum) / 2) * Math.log10(2)
}

function addUp(parts: readonly ProbedLayer[], t: number, T: number): number {
  return parts
    .flatMap(({ rounded }) => {
      const width = rounded.length / T
      return Array.from(rounded.subarray(t * width, (t + 1) * width))
    })
    .reduce((sum, count) => sum + count, 0)
}

/** Derivatives that are rounded to 0 at the step from which a gradient is an exact zero, in the layer and those above it. */
function countRoundedEnd(
  layers: Network['layers'],
  { layer, norms, rounded }: { layer: number; norms: readonly Float64Array[]; rounded: readonly (readonly number[])[] },
): number {
  const { depth, direction } = layers[layer]!
  const own = norms[layer]!
  const isForward = direction === 'forward'
  const oldest = isForward ? own.findIndex(isLeft) : own.findLastIndex(isLeft)
  if (oldest === (isForward ? 0 : own.length - 1)) return 0
  const last = isForward ? own.length - 1 : 0
  const end = oldest === -1 ? last : isForward ? oldest - 1 : oldest + 1
  return layers.reduce((sum, { depth: at }, of) => {
    if (of !== layer && at <= depth) return sum
    return sum + (rounded[of]![oldest] ?? 0) + (of === layer ? 0 : rounded[of]![end]!)
  }, 0)
}

function isLeft(log10: number): boolean {
  return log10 !== -Infinity
}
