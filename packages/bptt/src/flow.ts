import type { Ops } from './ops.ts'
import { rowsOf, type SeriesByName } from './series.ts'
import { named, type Tensors } from './tensors.ts'

/**
 * log₁₀ ‖dL/ds_t‖ over [N,H] of each state s at every of T steps, [T] each; one reduction a state.
 * @param shards The gradients of each step, of each shard of the batch.
 */
export function flowNorms<X>(ops: Ops<X>, T: number, ...shards: readonly SeriesByName<X>[]): Tensors<X> {
  const names = Object.keys(shards[0] ?? {})
  return Object.fromEntries(
    names.map((name) => [
      name,
      ops.scope(() => {
        const rows = shards.map((dStates) => byStep(ops, rowsOf(ops, named(dStates, name)), T))
        return ops.log10Norm(ops.concat(rows, 1))
      }),
    ]),
  )
}

/** [TN,H] as [T,NH]. */
function byStep<X>(ops: Ops<X>, rows: X, T: number): X {
  return ops.reshape(rows, [T, (ops.size(rows, 0) / T) * ops.size(rows, 1)])
}
