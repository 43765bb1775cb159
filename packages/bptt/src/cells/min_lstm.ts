// Minimal LSTM (Feng et al. 2024), without a recurrent matrix. Letters: docs/math/notation.md
//   (1) [a_u | a_f | h̃_t] = Wx x_t + b                       [N,3H]
//   (2) u_t = σ(a_u), f_t = σ(a_f)                           [N,H]
//   (3) k_t = f_t/(u_t+f_t) = σ(log f_t - log u_t)           [N,H]
//   (4) h_t = k_t*h_{t-1} + (1-k_t)*h̃_t = h̃_t + k_t*(h_{t-1} - h̃_t)
// The gates are normalised to a sum of 1, so that h neither grows nor fades by them. ∂h_t/∂h_{t-1} is k_t, unit by unit, and
// ∂k/∂a_f = k(1-k)(1-f), ∂k/∂a_u = -k(1-k)(1-u): the quotient, which is 0/0 where both gates underflow, is not computed.

import type { Backward, Cell, Forward } from './cell.ts'
import type { Ops } from '../ops/ops.ts'

type State = 'h'
/** gates [u_t | f_t], [N,2H]; keep k_t and change h_{t-1} - h̃_t, [N,H] each. */
type Saved = 'gates' | 'keep' | 'change'

export const minLstm: Cell<never, State, Saved> = {
  gates: ['u', 'f', 'h'],
  states: ['h'],
  logistic: [{ saved: 'gates', gates: ['u', 'f'] }],
  recurrent: [],

  forward<X>(ops: Ops<X>, _: unknown, wx: X, { h: hPrev }: Record<State, X>): Forward<X, State, Saved> {
    const H = ops.size(hPrev, 1)
    const [a, hNew] = ops.split(wx, [2 * H, H], 1) // (1)
    const gates = ops.sigmoid(a) // (2)
    const [minusLogU, minusLogF] = ops.split(ops.softplus(ops.scale(a, -1)), [H, H], 1)
    const keep = ops.sigmoid(ops.sub(minusLogU, minusLogF)) // (3)
    const change = ops.sub(hPrev, hNew)
    return { state: { h: ops.add(hNew, ops.mul(keep, change)) }, saved: { gates, keep, change } } // (4)
  },

  backward<X>(
    ops: Ops<X>,
    _: unknown,
    { gates, keep, change }: Record<Saved, X>,
    { h: dh }: Record<State, X>,
  ): Backward<X, State> {
    const H = ops.size(keep, 1)
    const [u, f] = ops.split(gates, [H, H], 1)
    const dhPrev = ops.mul(dh, keep) // (4)
    const dQuotient = ops.sigmoidGrad(keep, ops.mul(dh, change)) // (4) (3): by log f - log u
    const daf = ops.sub(dQuotient, ops.mul(dQuotient, f)) // (2)
    const dau = ops.sub(ops.mul(dQuotient, u), dQuotient) // (2)
    return { da: ops.concat([dau, daf, ops.sub(dh, dhPrev)], 1), dPrevious: { h: dhPrev }, dState: { h: dh } } // (1)
  },
}
