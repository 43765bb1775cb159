import { random } from '@unroll/random'
import { findLargest, softmax } from './answer.ts'

export interface Drawing {
  /** What logits are divided by; 0 takes the likeliest. */
  readonly temperature: number
  /** Among so many of the likeliest; all of them where null. */
  readonly topK: number | null
  readonly seed: number
}

/**
 * Draws symbols, one after another, by p ∝ exp(o / temperature). The n-th draw is a function of the seed, n and the logits.
 *
 * @returns the id of a symbol for its logits
 */
export function symbolDrawer({ temperature, topK, seed }: Drawing): (logits: ArrayLike<number>) => number {
  const draws = random(seed, 'generation')
  return (logits) => {
    const at = draws.uniform() // also where it does not count: temperature changes no later draw
    if (temperature === 0) return findLargest(logits)
    const allowed = topK === null ? Array.from(logits, (_, id) => id) : likeliest(logits, topK)
    const weights = softmax(allowed.map((id) => logits[id]! / temperature))
    let sum = 0
    for (const [place, id] of allowed.entries()) {
      sum += weights[place]!
      if (at < sum) return id
    }
    return allowed.at(-1)!
  }
}

/** Ids of the k largest, in the order of ids; of equals the first. */
function likeliest(logits: ArrayLike<number>, k: number): number[] {
  const ids = Array.from(logits, (_, id) => id)
  return ids
    .toSorted((a, b) => logits[b]! - logits[a]! || a - b)
    .slice(0, k)
    .toSorted((a, b) => a - b)
}
