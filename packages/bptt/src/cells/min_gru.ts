// Minimal gated recurrent unit (Feng et al. 2024), without a recurrent matrix. Letters: docs/math/notation.md
//   (1) [a_z | h̃_t] = Wx x_t + b                       [N,2H]
//   (2) z_t = σ(a_z)                                   [N,H]
//   (3) h_t = (1-z_t)*h_{t-1} + z_t*h̃_t = h_{t-1} + z_t*(h̃_t - h_{t-1})
// h̃ has no non-linearity, and ∂h_t/∂h_{t-1} is 1-z_t, unit by unit.

import type { Backward, Cell, Forward } from './cell.ts'
import type { Ops } from '../ops/ops.ts'

type State = 'h'
/** z z_t and change h̃_t - h_{t-1}, [N,H] each. */
type Saved = 'z' | 'change'

export const minGru: Cell<never, State, Saved> = {
  gates: ['z', 'h'],
  states: ['h'],
  logistic: [{ saved: 'z', gates: ['z'] }],
  recurrent: [],

  forward<X>(ops: Ops<X>, _: unknown, wx: X, { h: hPrev }: Record<State, X>): Forward<X, State, Saved> {
    const H = ops.size(hPrev, 1)
    const [az, hNew] = ops.split(wx, [H, H], 1) // (1)
    const z = ops.sigmoid(az) // (2)
    const change = ops.sub(hNew, hPrev)
    const h = ops.add(hPrev, ops.mul(z, change)) // (3)
    return { state: { h }, saved: { z, change } }
  },

  backward<X>(
    ops: Ops<X>,
    _: unknown,
    { z, change }: Record<Saved, X>,
    { h: dh }: Record<State, X>,
  ): Backward<X, State> {
    const dhNew = ops.mul(dh, z) // (3)
    const daz = ops.sigmoidGrad(z, ops.mul(dh, change)) // (3) (2)
    const dhPrev = ops.sub(dh, dhNew) // (3): dh*(1-z)
    return { da: ops.concat([daz, dhNew], 1), dPrevious: { h: dhPrev }, dState: { h: dh } } // (1)
  },
}
