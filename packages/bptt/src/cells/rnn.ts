// Simple recurrent cell (Elman 1990). Letters: docs/math/notation.md
//   (1) a_t = Wx x_t + Wh h_{t-1} + b     [N,H]
//   (2) h_t = f(a_t)                      [N,H]   f = tanh, relu, sigmoid or identity

import type { Backward, Cell, Forward } from './cell.ts'
import type { Ops } from '../ops/ops.ts'

type Parameter = 'Wh'
type State = 'h'
/** hPrev h_{t-1} and h h_t, [N,H] each. */
type Saved = 'hPrev' | 'h'

/** f of equation (2). */
export type Activation = 'tanh' | 'relu' | 'sigmoid' | 'identity'

interface Activated {
  forward<X>(ops: Ops<X>, a: X): X
  /** da from h = f(a) and dh. */
  backward<X>(ops: Ops<X>, h: X, dh: X): X
}

const ACTIVATIONS: Readonly<Record<Activation, Activated>> = {
  tanh: { forward: (ops, a) => ops.tanh(a), backward: (ops, h, dh) => ops.tanhGrad(h, dh) },
  relu: { forward: (ops, a) => ops.relu(a), backward: (ops, h, dh) => ops.reluGrad(h, dh) },
  sigmoid: { forward: (ops, a) => ops.sigmoid(a), backward: (ops, h, dh) => ops.sigmoidGrad(h, dh) },
  identity: { forward: (_, a) => a, backward: (_, _h, dh) => dh },
}

/** The simple recurrent cell of an activation. */
export function rnn({ activation }: { readonly activation: Activation }): Cell<Parameter, State, Saved> {
  const f = ACTIVATIONS[activation]
  return {
    gates: ['h'],
    states: ['h'],
    recurrent: [{ parameter: 'Wh', left: 'hPrev', gates: ['h'] }],

    forward<X>(
      ops: Ops<X>,
      p: Record<Parameter, X>,
      wx: X,
      { seen: hPrev }: Record<'seen', X>,
    ): Forward<X, State, Saved> {
      const a = ops.add(wx, ops.matMul(hPrev, p.Wh)) // (1)
      const h = f.forward(ops, a) // (2)
      return { state: { h }, saved: { hPrev, h } }
    },

    backward<X>(
      ops: Ops<X>,
      p: Record<Parameter, X>,
      saved: Record<Saved, X>,
      { h: dh }: Record<State, X>,
    ): Backward<X, State> {
      const da = f.backward(ops, saved.h, dh) // (2)
      const dhPrev = ops.matMul(da, p.Wh, { transposeB: true }) // (1)
      return { da, dPrevious: { seen: dhPrev }, dState: { h: dh } }
    },
  }
}
