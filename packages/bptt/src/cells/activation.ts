// The non-linearities of a cell's output that a model may choose.

import type { Ops } from '../ops/ops.ts'

/** f, by name. */
export type Activation = 'tanh' | 'relu' | 'sigmoid' | 'identity'

/** f, and the way back through it. */
interface Activated {
  forward<X>(ops: Ops<X>, a: X): X
  /** da from h = f(a) and dh. */
  backward<X>(ops: Ops<X>, h: X, dh: X): X
}

export const ACTIVATIONS: Readonly<Record<Activation, Activated>> = {
  tanh: { forward: (ops, a) => ops.tanh(a), backward: (ops, h, dh) => ops.tanhGrad(h, dh) },
  relu: { forward: (ops, a) => ops.relu(a), backward: (ops, h, dh) => ops.reluGrad(h, dh) },
  sigmoid: { forward: (ops, a) => ops.sigmoid(a), backward: (ops, h, dh) => ops.sigmoidGrad(h, dh) },
  identity: { forward: (_, a) => a, backward: (_, _h, dh) => dh },
}
