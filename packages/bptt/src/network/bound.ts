import type { Ops } from '../ops/ops.ts'
import type { Tensors } from '../ops/tensors.ts'
import type { Network } from './network.ts'

/** A network bound to its parameters, and to the operations that compute it. */
export interface BoundNetwork<X> {
  readonly ops: Ops<X>
  readonly network: Network
  /** By full name. */
  readonly parameters: Tensors<X>
}
