import type { Ops } from '../ops/ops.ts'
import { named, type Tensors } from '../ops/tensors.ts'
import { onlyWhere, scaledBy, shrinking } from './coefficient.ts'
import type { ClipInput, Clipped, ClipPolicy, Shrinking } from './policy.ts'

interface Settings {
  /** z, the deviations from the mean that are let through. */
  readonly z: number
  /** α, the smoothing of mean and variance. */
  readonly alpha: number
  readonly warmup_steps: number
  /** The largest norm besides, in the warm-up too; none unless given. */
  readonly max_norm?: number
}

/** Added to the deviation that is divided by. */
const EPSILON = 1e-6

/**
 * ZClip (Kumar et al. 2025): a norm n with s = (n-μ)/σ > z is scaled down to μ + z²σ/s, the further out the closer to the
 * mean. μ and σ² are those of the warm-up steps, in which nothing is clipped, then moving averages of the norms after
 * clipping; the variance is taken about the new mean. The norm that is let through at most besides, max_norm, changes neither.
 */
export const zscore: ClipPolicy<Settings> = {
  /** `count` of norms seen, up to warmup_steps. */
  state: () => ({ count: [], mean: [], variance: [] }),

  clip<X>(ops: Ops<X>, settings: Settings, input: ClipInput<X>): Clipped<X> {
    const { norm, state } = input
    const warmingUp = ops.less(named(state, 'count'), ops.constant(settings.warmup_steps))
    const mean = named(state, 'mean')
    const deviation = ops.sqrt(named(state, 'variance'))
    const score = ops.div(ops.sub(norm, mean), ops.add(deviation, ops.constant(EPSILON)))
    const isSpike = ops.select(warmingUp, ops.constant(0), ops.less(ops.constant(settings.z), score))
    const limit = ops.add(mean, ops.div(ops.scale(deviation, settings.z ** 2), score))
    const limited = ops.select(isSpike, limit, norm)
    const by =
      settings.max_norm === undefined
        ? onlyWhere(ops, isSpike, shrinking(ops, norm, limit))
        : shrinkingTo(ops, { norm, limited, isSpike, most: ops.constant(settings.max_norm) })
    const first = warmUp(ops, state, norm)
    const later = { ...follow(ops, settings.alpha, state, limited), count: named(state, 'count') }
    return scaledBy(ops, by, input, {
      count: ops.select(warmingUp, first.count, later.count),
      mean: ops.select(warmingUp, first.mean, later.mean),
      variance: ops.select(warmingUp, first.variance, later.variance),
    })
  },
}

/** Down to `limited` where there is a spike, and nowhere above `most`. */
function shrinkingTo<X>(
  ops: Ops<X>,
  { norm, limited, isSpike, most }: { norm: X; limited: X; isSpike: X; most: X },
): Shrinking<X> {
  const isAbove = ops.less(most, limited)
  const clips = ops.select(isAbove, ops.constant(1), isSpike)
  return onlyWhere(ops, clips, shrinking(ops, norm, ops.select(isAbove, most, limited)))
}

/** Mean and variance of all norms so far (Welford 1962). */
function warmUp<X>(ops: Ops<X>, state: Tensors<X>, norm: X): Record<'count' | 'mean' | 'variance', X> {
  const count = ops.add(named(state, 'count'), ops.constant(1))
  const from = ops.sub(norm, named(state, 'mean'))
  const mean = ops.add(named(state, 'mean'), ops.div(from, count))
  const change = ops.sub(ops.mul(from, ops.sub(norm, mean)), named(state, 'variance'))
  return { count, mean, variance: ops.add(named(state, 'variance'), ops.div(change, count)) }
}

/** Moving averages of norm and squared deviation. */
function follow<X>(ops: Ops<X>, alpha: number, state: Tensors<X>, norm: X): Record<'mean' | 'variance', X> {
  const average = (before: X, now: X): X => ops.add(ops.scale(before, alpha), ops.scale(now, 1 - alpha))
  const mean = average(named(state, 'mean'), norm)
  return { mean, variance: average(named(state, 'variance'), ops.square(ops.sub(norm, mean))) }
}
