// Gated recurrent unit with an update gate alone. Letters: docs/math/notation.md; its c_t is called h_t here: h_t = c_t.
//   (1) [a_u | a_c] = Wx x_t + Wh h_{t-1} + b         [N,2H]
//   (2) z_u = σ(a_u),  c̃_t = tanh(a_c)                [N,H] each
//   (3) h_t = z_u*c̃_t + (1-z_u)*h_{t-1} = h_{t-1} + z_u*(c̃_t - h_{t-1})
// z_u multiplies the new value (docs/math/notation.md); PyTorch and Keras multiply the old one by z.

import type { Backward, Cell, Forward } from './cell.ts'
import type { Ops } from '../ops/ops.ts'

type Parameter = 'Wh'
type State = 'h'
/** hPrev h_{t-1}, zu z_u, cNew c̃_t, change c̃_t - h_{t-1}, [N,H] each. */
type Saved = 'hPrev' | 'zu' | 'cNew' | 'change'

export const gruSimple: Cell<Parameter, State, Saved> = {
  gates: ['u', 'c'],
  states: ['h'],
  logistic: [{ saved: 'zu', gates: ['u'] }],
  recurrent: [{ parameter: 'Wh', left: 'hPrev', gates: ['u', 'c'] }],

  forward<X>(ops: Ops<X>, p: Record<Parameter, X>, wx: X, { h: hPrev }: Record<State, X>): Forward<X, State, Saved> {
    const H = ops.size(hPrev, 1)
    const a = ops.add(wx, ops.matMul(hPrev, p.Wh)) // (1)
    const [au, ac] = ops.split(a, [H, H], 1)
    const zu = ops.sigmoid(au) // (2)
    const cNew = ops.tanh(ac)
    const change = ops.sub(cNew, hPrev)
    const h = ops.add(hPrev, ops.mul(zu, change)) // (3)
    return { state: { h }, saved: { hPrev, zu, cNew, change } }
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
    const dhThrough = ops.matMul(da, p.Wh, { transposeB: true }) // (1)
    const dhPrev = ops.add(ops.sub(dh, dcNew), dhThrough) // (3): dh*(1-z_u)
    return { da, dPrevious: { h: dhPrev }, dState: { h: dh } }
  },
}
