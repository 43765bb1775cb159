// Gated recurrent unit with an update gate alone. Letters: docs/math/notation.md; its c_t is called h_t here: h_t = c_t.
//   (1) [a_u | a_c] = Wx x_t + Wh h_{t-1} + b         [N,2H]
//   (2) z_u = σ(a_u),  c̃_t = tanh(a_c)                [N,H] each
//   (3) h_t = z_u*c̃_t + (1-z_u)*h_{t-1} = h_{t-1} + z_u*(c̃_t - h_{t-1})
// With layer_norm, (2) acts on [a_u | a_c] normalised (layer_norm.ts), and b is added after that.
// z_u multiplies the new value (docs/math/notation.md); PyTorch and Keras multiply the old one by z.

import type { Backward, Cell, Forward } from './cell.ts'
import { createNormaliser } from './layer_norm.ts'
import type { Ops } from '../ops/ops.ts'
import { named, type Tensors } from '../ops/tensors.ts'

type State = 'h'
/** seen h_{t-1}, masked by recurrent dropout, zu z_u, cNew c̃_t, change c̃_t - h_{t-1}, [N,H] each. */
type Saved = 'seen' | 'zu' | 'cNew' | 'change'

/** The GRU without a relevance gate. */
export function gruSimple({ layer_norm }: { readonly layer_norm?: boolean }): Cell<string, State, Saved> {
  const norm = createNormaliser(layer_norm, { gain: 'gain', bias: 'b', places: { uc: 2 } })
  return {
    gates: ['u', 'c'],
    states: ['h'],
    normalised: norm.normalised,
    logistic: [{ saved: 'zu', gates: ['u'] }],
    recurrent: [{ parameter: 'Wh', left: 'seen', gates: ['u', 'c'] }],

    forward<X>(
      ops: Ops<X>,
      p: Tensors<X>,
      wx: X,
      { h: hPrev, seen }: Record<State | 'seen', X>,
    ): Forward<X, State, Saved> {
      const H = ops.size(hPrev, 1)
      const a = ops.add(wx, ops.matMul(seen, named(p, 'Wh'))) // (1)
      const { n, saved } = norm.forward(ops, p, 'uc', a)
      const [au, ac] = ops.split(n, [H, H], 1)
      const zu = ops.sigmoid(au) // (2)
      const cNew = ops.tanh(ac)
      const change = ops.sub(cNew, hPrev)
      const h = ops.add(hPrev, ops.mul(zu, change)) // (3)
      return { state: { h }, saved: { ...saved, seen, zu, cNew, change } }
    },

    backward<X>(ops: Ops<X>, p: Tensors<X>, saved: Record<Saved, X>, { h: dh }: Record<State, X>): Backward<X, State> {
      const { zu, cNew, change } = saved
      const dzu = ops.mul(dh, change) // (3)
      const dcNew = ops.mul(dh, zu)
      const dn = ops.concat([ops.sigmoidGrad(zu, dzu), ops.tanhGrad(cNew, dcNew)], 1) // (2)
      const { da, dNormalised } = norm.backward(ops, p, 'uc', { saved, dn })
      const dSeen = ops.matMul(da, named(p, 'Wh'), { transposeB: true }) // (1)
      const dPrevious = { h: ops.sub(dh, dcNew), seen: dSeen } // (3): dh*(1-z_u)
      return { da, dPrevious, dState: { h: dh }, dNormalised }
    },
  }
}
