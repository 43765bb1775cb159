import type { JobSpec } from '@unroll/contract'
import type { Remedy } from '../rule.ts'
import { rounded } from '../statistics.ts'

/** A tenth of the learning rate. */
export function slowerLearning({ optimizer }: JobSpec): Remedy {
  const learning_rate = rounded(optimizer.learning_rate / 10, 6)
  return {
    advice: `Learn at a tenth of the rate, ${learning_rate}: updates this large carry the weights away.`,
    sections: { optimizer: { ...optimizer, learning_rate } },
  }
}
