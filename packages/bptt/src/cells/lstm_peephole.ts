// Long short-term memory whose gates also see the memory cell (Gers and Schmidhuber 2000). Letters: docs/math/notation.md
//   (1) [a_u | a_f | a_o | a_c] = Wx x_t + Wh h_{t-1} + b                    [N,4H]
//   (2) z_u = σ(a_u + P_u c_{t-1}),  z_f = σ(a_f + P_f c_{t-1})              [N,H] each
//   (3) c̃_t = tanh(a_c)                                                      [N,H]
//   (4) c_t = z_u*c̃_t + z_f*c_{t-1}                                          [N,H]
//   (5) z_o = σ(a_o + P_o c_t)                                               [N,H]   the new memory cell
//   (6) h_t = z_o*tanh(c_t)                                                  [N,H]
// P is a matrix [H,H] ("full") or a vector p [H] ("diagonal", as in most libraries).

import type { Backward, Cell, Forward } from './cell.ts'
import { diagonal, matrix, type Connection } from './connection.ts'
import type { Ops } from '../ops/ops.ts'
import { named, type Tensors } from '../ops/tensors.ts'

type State = 'h' | 'c'
/** hPrev h_{t-1}, cPrev c_{t-1}, c c_t, zo, cNew c̃_t, tanhC tanh(c_t), [N,H] each; zuf [N,2H], the gates u|f. */
type Saved = 'hPrev' | 'cPrev' | 'c' | 'zuf' | 'zo' | 'cNew' | 'tanhC'

export type Peephole = 'full' | 'diagonal'

interface Kind {
  readonly connection: Connection
  /** Parameters by the gate they belong to. */
  readonly names: Readonly<Record<'u' | 'f' | 'o', string>>
}

const KINDS: Readonly<Record<Peephole, Kind>> = {
  full: { connection: matrix, names: { u: 'Pu', f: 'Pf', o: 'Po' } },
  diagonal: { connection: diagonal, names: { u: 'pu', f: 'pf', o: 'po' } },
}

/** The LSTM with peepholes of a kind. */
export function lstmPeephole({ peephole }: { readonly peephole: Peephole }): Cell<string, State, Saved> {
  const { connection, names } = KINDS[peephole]
  return {
    gates: ['u', 'f', 'o', 'c'],
    states: ['h', 'c'],
    logistic: [
      { saved: 'zuf', gates: ['u', 'f'] },
      { saved: 'zo', gates: ['o'] },
    ],
    recurrent: [
      { parameter: 'Wh', left: 'hPrev', gates: ['u', 'f', 'o', 'c'] },
      { parameter: names.u, left: 'cPrev', gates: ['u'], connection },
      { parameter: names.f, left: 'cPrev', gates: ['f'], connection },
      { parameter: names.o, left: 'c', gates: ['o'], connection },
    ],
    forward<X>(
      ops: Ops<X>,
      p: Tensors<X>,
      wx: X,
      { seen: hPrev, c: cPrev }: Readonly<Record<State | 'seen', X>>,
    ): Forward<X, State, Saved> {
      const H = ops.size(hPrev, 1)
      const seen = (gate: keyof Kind['names'], c: X): X => connection.through(ops, named(p, names[gate]), c)
      const a = ops.add(wx, ops.matMul(hPrev, named(p, 'Wh'))) // (1)
      const [auf, ao, ac] = ops.split(a, [2 * H, H, H], 1)
      const zuf = ops.sigmoid(ops.add(auf, ops.concat([seen('u', cPrev), seen('f', cPrev)], 1))) // (2)
      const [zu, zf] = ops.split(zuf, [H, H], 1)
      const cNew = ops.tanh(ac) // (3)
      const c = ops.add(ops.mul(zu, cNew), ops.mul(zf, cPrev)) // (4)
      const zo = ops.sigmoid(ops.add(ao, seen('o', c))) // (5)
      const tanhC = ops.tanh(c)
      const h = ops.mul(zo, tanhC) // (6)
      return { state: { h, c }, saved: { hPrev, cPrev, c, zuf, zo, cNew, tanhC } }
    },

    backward<X>(
      ops: Ops<X>,
      p: Tensors<X>,
      { cPrev, zuf, zo, cNew, tanhC }: Readonly<Record<Saved, X>>,
      { h: dh, c: dcNext }: Readonly<Record<State, X>>,
    ): Backward<X, State> {
      const H = ops.size(dh, 1)
      const seen = (gate: keyof Kind['names'], da: X): X => connection.back(ops, named(p, names[gate]), da)
      const [zu, zf] = ops.split(zuf, [H, H], 1)
      const dao = ops.sigmoidGrad(zo, ops.mul(dh, tanhC)) // (6) (5)
      const dcThroughH = ops.add(ops.tanhGrad(tanhC, ops.mul(dh, zo)), seen('o', dao)) // (6) (5)
      const dc = ops.add(dcNext, dcThroughH)
      const dzuf = ops.concat([ops.mul(dc, cNew), ops.mul(dc, cPrev)], 1) // (4) [N,2H] u|f
      const dac = ops.tanhGrad(cNew, ops.mul(dc, zu)) // (4) (3)
      const dauf = ops.sigmoidGrad(zuf, dzuf) // (2)
      const [dau, daf] = ops.split(dauf, [H, H], 1)
      const dcThroughGates = ops.add(seen('u', dau), seen('f', daf)) // (2)
      const dcPrev = ops.add(ops.mul(dc, zf), dcThroughGates) // (4)
      const da = ops.concat([dauf, dao, dac], 1) // [N,4H] u|f|o|c
      const dhPrev = ops.matMul(da, named(p, 'Wh'), { transposeB: true }) // (1)
      return { da, dPrevious: { seen: dhPrev, c: dcPrev }, dState: { h: dh, c: dc } }
    },
  }
}
