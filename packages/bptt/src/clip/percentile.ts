import type { Ops } from '../ops/ops.ts'
import { named } from '../ops/tensors.ts'
import { scaledBy, shrinking } from './coefficient.ts'
import type { ClipInput, Clipped, ClipPolicy } from './policy.ts'

interface Settings {
  /** p, 0 to 100. */
  readonly percentile: number
  /** How many of the newest norms are looked at. */
  readonly window: number
}

/** The rule of `norm` with the p-th percentile of the newest norms, this one included, for threshold (AutoClip, Seetharaman et al. 2020). */
export const percentile: ClipPolicy<Settings> = {
  /** `norms`, newest first, and the `count` of those that are set. */
  state: ({ window }) => ({ norms: [window], count: [] }),

  clip<X>(ops: Ops<X>, { percentile: p, window }: Settings, input: ClipInput<X>): Clipped<X> {
    const [earlier] = ops.split(named(input.state, 'norms'), [window - 1, 1], 0)
    const norms = ops.concat([ops.reshape(input.norm, [1]), earlier], 0)
    const before = named(input.state, 'count')
    const count = ops.select(ops.less(before, ops.constant(window)), ops.add(before, ops.constant(1)), before)
    const threshold = ops.quantile(norms, count, p / 100)
    return scaledBy(ops, shrinking(ops, input.norm, threshold), input, { norms, count })
  },
}
