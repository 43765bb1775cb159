// Simple recurrent cell (Elman 1990). Letters: docs/math/notation.md
//   (1) a_t = Wx x_t + Wh h_{t-1} + b     [N,H]
//   (2) h_t = f(a_t)                      [N,H]   f = tanh, relu, sigmoid or identity
// With layer_norm, f acts on a_t normalised (layer_norm.ts), and b is added after that.

import { ACTIVATIONS, type Activation } from './activation.ts'
import type { Backward, Cell, Forward } from './cell.ts'
import { createNormaliser } from './layer_norm.ts'
import type { Ops } from '../ops/ops.ts'
import { named, type Tensors } from '../ops/tensors.ts'

type State = 'h'
/** hPrev h_{t-1} and h h_t, [N,H] each. */
type Saved = 'hPrev' | 'h'

interface Choices {
  readonly activation: Activation
  readonly layer_norm?: boolean
}

/** The simple recurrent cell of an activation. */
export function rnn({ activation, layer_norm }: Choices): Cell<string, State, Saved> {
  const f = ACTIVATIONS[activation]
  const norm = createNormaliser(layer_norm, { gain: 'gain', bias: 'b', places: { h: 1 } })
  return {
    gates: ['h'],
    states: ['h'],
    normalised: norm.normalised,
    recurrent: [{ parameter: 'Wh', left: 'hPrev', gates: ['h'] }],

    forward<X>(ops: Ops<X>, p: Tensors<X>, wx: X, { seen: hPrev }: Record<'seen', X>): Forward<X, State, Saved> {
      const a = ops.add(wx, ops.matMul(hPrev, named(p, 'Wh'))) // (1)
      const { n, saved } = norm.forward(ops, p, 'h', a)
      const h = f.forward(ops, n) // (2)
      return { state: { h }, saved: { ...saved, hPrev, h } }
    },

    backward<X>(ops: Ops<X>, p: Tensors<X>, saved: Record<Saved, X>, { h: dh }: Record<State, X>): Backward<X, State> {
      const { da, dNormalised } = norm.backward(ops, p, 'h', { saved, dn: f.backward(ops, saved.h, dh) }) // (2)
      const dhPrev = ops.matMul(da, named(p, 'Wh'), { transposeB: true }) // (1)
      return { da, dPrevious: { seen: dhPrev }, dState: { h: dh }, dNormalised }
    },
  }
}
