import { EPSILON } from '@unroll/contract'

/** Below this log₁₀ the elements of a norm in float32 are denormal and lose digits. */
const PRECISE = -36

type Norms = Float32Array | Float64Array

/**
 * Whether the gradient ends within the window (at its horizon), reaches through the whole window, is zero from the
 * start, or is non-finite before this is known.
 */
export type Reach = 'ends' | 'whole_window' | 'zero' | 'not_finite'

/** How far the probe flow φ(k) = ‖∂L_T/∂h_{T-k}‖ of one layer reaches. */
export interface ProbeFit {
  /** β, the factor of one step: exp of the slope of log φ(k). Null with fewer than 2 points. */
  beta: number | null
  /** K_ε = min{k : φ(k)/φ(0) < ε}. Null unless `reach` is `ends`. */
  horizon: number | null
  reach: Reach
}

/** log₁₀ φ(k), k = 0 … T-1, from norms by time step t = 1 … T. */
export function toPhi<Own extends Norms>(norms: Own): Own {
  return norms.toReversed() as Own
}

/**
 * β by least squares over the leading part of log₁₀ φ that is precise, and the horizon: all that is finite of a probe flow, which is
 * of float64, and of float32 what has all its digits. A φ that is exactly 0 from k = 1 on has β = 0.
 */
export function fitProbe(given: Norms, epsilon: number = EPSILON): ProbeFit {
  const least = given instanceof Float64Array ? -Infinity : PRECISE
  const log10Phi = Float64Array.from(given)
  const [first = Number.NaN, second] = log10Phi
  if (!Number.isFinite(first)) return { beta: null, horizon: null, reach: first === -Infinity ? 'zero' : 'not_finite' }
  const end = log10Phi.findIndex((value) => !Number.isFinite(value) || value < least)
  const slope = second === -Infinity ? second : fitSlope(end === -1 ? log10Phi : log10Phi.subarray(0, end))
  return { beta: slope === null ? null : 10 ** slope, ...findHorizon(log10Phi, first + Math.log10(epsilon)) }
}

/** Values after an Inf or NaN have no meaning. */
function findHorizon(log10Phi: Float64Array, limit: number): Pick<ProbeFit, 'horizon' | 'reach'> {
  const at = log10Phi.findIndex((value) => !(value >= limit) || value === Infinity)
  if (at === -1) return { horizon: null, reach: 'whole_window' }
  const isLower = (log10Phi[at] ?? Number.NaN) < limit
  return isLower ? { horizon: at, reach: 'ends' } : { horizon: null, reach: 'not_finite' }
}

/** Slope of the least-squares line through (k, y_k); null with fewer than 2 points. */
function fitSlope(y: Float64Array): number | null {
  const n = y.length
  if (n < 2) return null
  const middle = (n - 1) / 2
  const mean = y.reduce((sum, value) => sum + value, 0) / n
  const covariance = y.reduce((sum, value, k) => sum + (k - middle) * (value - mean), 0)
  return covariance / ((n * (n * n - 1)) / 12) // Σ (k - middle)²
}
