// How far back a truncated gradient must reach for its relative bias to stay within a bound, from how the gradient decays: Aicher,
// Foti and Fox 2019, docs/math/notation.md, "Adaptive truncation".

/** The least share of the largest norm that counts when a decay is fitted, e^-50: what is less is rounding. */
const LEAST_SHARE = Math.exp(-50)

/** What the gradient of one loss L_s is at the states of each time step before it, lags k = 0 … T-1. */
export interface LagNorms {
  /** φ_k = E‖∂L_s/∂h_{s-k}‖. */
  readonly each: Float64Array
  /** ‖E Σ_{i ≤ k} ∂L_s/∂h_{s-i}‖: what the gradients up to a lag, contradicting each other as they do, come to. */
  readonly together: Float64Array
}

export interface ReachOptions {
  /** Steps between updates; k2 is a multiple of them, or the largest. */
  readonly k1: number
  /** The largest k2. */
  readonly most: number
  /** δ: the relative bias that is allowed. */
  readonly bound: number
  /** Losses of a window, one a time step, of which the oldest reaches back the least: k1, or 1 where the last step alone has one. */
  readonly losses: number
  /** Whether sequences go on before the lags that are known, by a decay like theirs. */
  readonly isEndless: boolean
}

export interface ReachEstimate {
  readonly k2: number
  /** Of its relative bias; Infinity where there is none. */
  readonly bound: number
  /** β: by what φ is multiplied from lag to lag. */
  readonly decay: number
}

/** The least k2 whose relative bias is within the bound by what is estimated, or the largest. */
export function chooseReach({ each, together }: LagNorms, options: ReachOptions): ReachEstimate {
  const { k1, most, bound, isEndless } = options
  const { decay, next } = fitDecay(each)
  const tails = sumTails(each, isEndless ? sumGeometric(next, decay) : 0)
  const least = together.reduce((found, norm, k) => Math.max(found, norm - tails[k + 1]!), 0) // of ‖g‖
  const boundOf = (k2: number): number => {
    if (!isEndless && k2 >= each.length) return 0
    return least > 0 ? leaveOut(tails, k2, options.losses) / least : Infinity
  }
  for (let k2 = k1; k2 < most; k2 += k1) {
    const found = boundOf(k2)
    if (found <= bound) return { k2, bound: found, decay }
  }
  return { k2: most, bound: boundOf(most), decay }
}

/** What the losses of a window of k2 steps leave out, on average: the newest reaches k2 steps back, the one before it k2 - 1. */
function leaveOut(tails: Float64Array, k2: number, losses: number): number {
  let sum = 0
  for (let j = 0; j < losses; j++) sum += tails[Math.min(k2 - j, tails.length - 1)]!
  return sum / losses
}

/** Σ_{k ≥ R} φ_k for R = 0 … T. */
function sumTails(norms: Float64Array, beyond: number): Float64Array {
  const tails = new Float64Array(norms.length + 1)
  tails[norms.length] = beyond
  for (let k = norms.length - 1; k >= 0; k--) tails[k] = tails[k + 1]! + norms[k]!
  return tails
}

function sumGeometric(first: number, ratio: number): number {
  return ratio < 1 ? first / (1 - ratio) : Infinity
}

/** Least squares of log φ_k over the older half of all lags: β, and what φ of lag T then is. Nothing decays to 0 at once. */
function fitDecay(norms: Float64Array): { decay: number; next: number } {
  const least = LEAST_SHARE * norms.reduce((largest, norm) => Math.max(largest, norm), 0)
  const lags = Array.from(norms.keys()).filter((k) => k >= Math.floor(norms.length / 2) && !(norms[k]! <= least))
  if (lags.length < 2) return { decay: 0, next: 0 }
  const logs = lags.map((k) => Math.log(norms[k]!))
  const [meanLag, meanLog] = [mean(lags), mean(logs)]
  const spread = lags.reduce((sum, k) => sum + (k - meanLag) ** 2, 0)
  const slope = lags.reduce((sum, k, at) => sum + (k - meanLag) * (logs[at]! - meanLog), 0) / spread
  return { decay: Math.exp(slope), next: Math.exp(meanLog + slope * (norms.length - meanLag)) }
}

function mean(numbers: readonly number[]): number {
  return numbers.reduce((sum, value) => sum + value, 0) / numbers.length
}
