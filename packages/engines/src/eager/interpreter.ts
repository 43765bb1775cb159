import type { HostTensor, Ops } from '@unroll/bptt'

/** Runs operations at once, as they are called. What a session needs of it beside the operations. */
export interface Interpreter<X> {
  readonly ops: Ops<X>
  /** A tensor that no scope owns unless one is open. */
  readonly upload: (shape: readonly number[], data: ArrayLike<number>) => X
  /** A copy of the numbers. */
  readonly download: (x: X) => HostTensor['data']
  /** The same of several at once, where that is cheaper than one after another. */
  readonly downloadAll?: (xs: readonly X[]) => readonly HostTensor['data'][]
  readonly release: (x: X) => void
  /** Tensors alive. */
  readonly live: () => number
}
