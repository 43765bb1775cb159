import type { Ops } from './ops.ts'
import { mapTensors, type Tensors } from './tensors.ts'

/** Norm of each tensor, scalars. */
export function tensorNorms<X>(ops: Ops<X>, tensors: Tensors<X>): Tensors<X> {
  return mapTensors(tensors, (tensor) => ops.norm(tensor))
}

/** Norm of all tensors together, scalar, from the norm of each. */
export function totalNorm<X>(ops: Ops<X>, norms: Tensors<X>): X {
  return ops.scope(() =>
    ops.norm(
      ops.concat(
        Object.values(norms).map((norm) => ops.reshape(norm, [1])),
        0,
      ),
    ),
  )
}
