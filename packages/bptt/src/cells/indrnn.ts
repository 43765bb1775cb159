// Independently recurrent network (Li et al. 2018). Letters: docs/math/notation.md
//   (1) a_t = Wx x_t + u*h_{t-1} + b      [N,H]   u [H]: each unit sees itself alone
//   (2) h_t = relu(a_t)                   [N,H]

import type { Backward, Cell, Forward } from './cell.ts'
import { diagonal } from './connection.ts'
import type { Ops } from '../ops/ops.ts'

type Parameter = 'u'
type State = 'h'
/** hPrev h_{t-1} and h h_t, [N,H] each. */
type Saved = 'hPrev' | 'h'

export const indrnn: Cell<Parameter, State, Saved> = {
  gates: ['h'],
  states: ['h'],
  recurrent: [{ parameter: 'u', left: 'hPrev', gates: ['h'], connection: diagonal }],

  forward<X>(
    ops: Ops<X>,
    p: Record<Parameter, X>,
    wx: X,
    { seen: hPrev }: Record<'seen', X>,
  ): Forward<X, State, Saved> {
    const h = ops.relu(ops.add(wx, diagonal.through(ops, p.u, hPrev))) // (1) (2)
    return { state: { h }, saved: { hPrev, h } }
  },

  backward<X>(
    ops: Ops<X>,
    p: Record<Parameter, X>,
    saved: Record<Saved, X>,
    { h: dh }: Record<State, X>,
  ): Backward<X, State> {
    const da = ops.reluGrad(saved.h, dh) // (2)
    return { da, dPrevious: { seen: diagonal.back(ops, p.u, da) }, dState: { h: dh } } // (1)
  },
}
