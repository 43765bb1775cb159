import type { Ops } from './ops.ts'
import { named, type Tensors } from './tensors.ts'

/**
 * log₁₀ ‖dL/ds_t‖ over [N,H] of each state s at every step, [T] each; one reduction a state.
 * @param shards The gradients of each step, of each shard of the batch.
 */
export function flowNorms<X>(ops: Ops<X>, ...shards: readonly (readonly Tensors<X>[])[]): Tensors<X> {
  const names = Object.keys(shards[0]?.[0] ?? {})
  return Object.fromEntries(
    names.map((name) => [
      name,
      ops.scope(() => {
        const rows = shards.map((dStates) =>
          byStep(
            ops,
            dStates.map((d) => named(d, name)),
          ),
        )
        return ops.log10Norm(ops.concat(rows, 1))
      }),
    ]),
  )
}

/** T tensors [N,H] as one [T,NH]. */
function byStep<X>(ops: Ops<X>, dStates: readonly X[]): X {
  const T = dStates.length
  const all = ops.concat(dStates, 0) // [TN,H]
  return ops.reshape(all, [T, (ops.size(all, 0) / T) * ops.size(all, 1)])
}
