import type { JobSpec } from '@unroll/contract'
import type { Remedy } from '../rule.ts'
import { rounded } from '../statistics.ts'

/** A tenth of the learning rate, and at most `most`. */
export function slowerLearning({ optimizer }: JobSpec, most: number = Infinity): Remedy {
  const learning_rate = rounded(Math.min(most, optimizer.learning_rate / 10), 6)
  return {
    advice: `Learn at a lower rate, ${learning_rate}: updates this large carry the weights away.`,
    sections: { optimizer: { ...optimizer, learning_rate } },
  }
}
