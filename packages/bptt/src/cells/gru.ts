// Gated recurrent unit with update and relevance gates. Letters: docs/math/notation.md; its c_t is called h_t here: h_t = c_t.
//   (1) [a_u | a_r] = Wx x_t + Wh h_{t-1} + b          [N,2H]   columns u, r
//   (2) z_u = σ(a_u),  z_r = σ(a_r)                    [N,H] each
//   (3) a_c = Wx x_t + Whc (z_r*h_{t-1}) + b           [N,H]    column c
//   (4) c̃_t = tanh(a_c)
//   (5) h_t = z_u*c̃_t + (1-z_u)*h_{t-1} = h_{t-1} + z_u*(c̃_t - h_{t-1})
// z_u multiplies the new value and z_r acts before the product (docs/math/notation.md); PyTorch and Keras multiply the old value by z,
// PyTorch has z_r after the product.

import type { Backward, Cell, Forward } from './cell.ts'
import type { Ops } from '../ops/ops.ts'

type Parameter = 'Wh' | 'Whc'
type State = 'h'
/** hPrev h_{t-1}, hRelevant z_r*h_{t-1}, zu, zr, cNew c̃_t, change c̃_t - h_{t-1}, [N,H] each. */
type Saved = 'hPrev' | 'hRelevant' | 'zu' | 'zr' | 'cNew' | 'change'

export const gru: Cell<Parameter, State, Saved> = {
  gates: ['u', 'r', 'c'],
  states: ['h'],
  logistic: [
    { saved: 'zu', gates: ['u'] },
    { saved: 'zr', gates: ['r'] },
  ],
  recurrent: [
    { parameter: 'Wh', left: 'hPrev', gates: ['u', 'r'] },
    { parameter: 'Whc', left: 'hRelevant', gates: ['c'] },
  ],

  forward<X>(ops: Ops<X>, p: Record<Parameter, X>, wx: X, { h: hPrev }: Record<State, X>): Forward<X, State, Saved> {
    const H = ops.size(hPrev, 1)
    const [wxGates, wxCandidate] = ops.split(wx, [2 * H, H], 1)
    const z = ops.sigmoid(ops.add(wxGates, ops.matMul(hPrev, p.Wh))) // (1) (2) [N,2H] u|r
    const [zu, zr] = ops.split(z, [H, H], 1)
    const hRelevant = ops.mul(zr, hPrev)
    const cNew = ops.tanh(ops.add(wxCandidate, ops.matMul(hRelevant, p.Whc))) // (3) (4)
    const change = ops.sub(cNew, hPrev)
    const h = ops.add(hPrev, ops.mul(zu, change)) // (5)
    return { state: { h }, saved: { hPrev, hRelevant, zu, zr, cNew, change } }
  },

  backward<X>(
    ops: Ops<X>,
    p: Record<Parameter, X>,
    { hPrev, zu, zr, cNew, change }: Record<Saved, X>,
    { h: dh }: Record<State, X>,
  ): Backward<X, State> {
    const dzu = ops.mul(dh, change) // (5)
    const dcNew = ops.mul(dh, zu)
    const dac = ops.tanhGrad(cNew, dcNew) // (4)
    const dhRelevant = ops.matMul(dac, p.Whc, { transposeB: true }) // (3)
    const dzr = ops.mul(dhRelevant, hPrev)
    const daGates = ops.concat([ops.sigmoidGrad(zu, dzu), ops.sigmoidGrad(zr, dzr)], 1) // (2) [N,2H] u|r
    const dhThrough = ops.add(ops.matMul(daGates, p.Wh, { transposeB: true }), ops.mul(dhRelevant, zr)) // (1) (3)
    const dhPrev = ops.add(ops.sub(dh, dcNew), dhThrough) // (5): dh*(1-z_u)
    return { da: ops.concat([daGates, dac], 1), dPrevious: { h: dhPrev }, dState: { h: dh } }
  },
}
