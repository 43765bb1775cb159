// Gated recurrent unit with an update gate alone. Letters: docs/math/notation.md; its c_t is called h_t here: h_t = c_t.
//   (1) [a_u | a_c] = Wx x_t + Wh h_{t-1} + b         [N,2H]
//   (2) z_u = σ(a_u),  c̃_t = tanh(a_c)                [N,H] each
//   (3) h_t = z_u*c̃_t + (1-z_u)*h_{t-1} = h_{t-1} + z_u*(c̃_t - h_{t-1})
// z_u multiplies the new value (docs/math/notation.md); PyTorch and Keras multiply the old one by z.

import type { Backward, Cell, Forward } from './cell.ts'
import type { Ops } from '../ops/ops.ts'

type Parameter = 'Wh'
type State = 'h'
/** seen h_{t-1}, masked by recurrent dropout, zu z_u, cNew c̃_t, change c̃_t - h_{t-1}, [N,H] each. */
type Saved = 'seen' | 'zu' | 'cNew' | 'change'

export const gruSimple: Cell<Parameter, State, Saved> = {
  gates: ['u', 'c'],
  states: ['h'],
  logistic: [{ saved: 'zu', gates: ['u'] }],
  recurrent: [{ parameter: 'Wh', left: 'seen', gates: ['u', 'c'] }],

  forward<X>(
    ops: Ops<X>,
    p: Record<Parameter, X>,
    wx: X,
    { h: hPrev, seen }: Record<State | 'seen', X>,
  ): Forward<X, State, Saved> {
    const H = ops.size(hPrev, 1)
    const a = ops.add(wx, ops.matMul(seen, p.Wh)) // (1)
    const [au, ac] = ops.split(a, [H, H], 1)
    const zu = ops.sigmoid(au) // (2)
    const cNew = ops.tanh(ac)
    const change = ops.sub(cNew, hPrev)
    const h = ops.add(hPrev, ops.mul(zu, change)) // (3)
    return { state: { h }, saved: { seen, zu, cNew, change } }
  },

  backward<X>(
    ops: Ops<X>,
    p: Record<Parameter, X>,
    { zu, cNew, change }: Record<Saved, X>,
    { h: dh }: Record<State, X>,
  ): Backward<X, State> {
    const dzu = ops.mul(dh, change) // (3)
    const dcNew = ops.mul(dh, zu)
    const da = ops.concat([ops.sigmoidGrad(zu, dzu), ops.tanhGrad(cNew, dcNew)], 1) // (2)
    const dSeen = ops.matMul(da, p.Wh, { transposeB: true }) // (1)
    return { da, dPrevious: { h: ops.sub(dh, dcNew), seen: dSeen }, dState: { h: dh } } // (3): dh*(1-z_u)
  },
}
