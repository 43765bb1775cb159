// LSTM with an exponential input gate, a normaliser n and a stabiliser m (Beck et al. 2024, xLSTM). Letters:
// docs/math/notation.md
//   (1) [a_i | a_f | a_o | a_c] = Wx x_t + Wh h_{t-1} + b          [N,4H]
//   (2) log i_t = a_i,  log f_t = log σ(a_f)                       [N,H] each
//   (3) m_t = max(log f_t + m_{t-1}, log i_t)
//   (4) î_t = exp(log i_t - m_t),  f̂_t = exp(log f_t + m_{t-1} - m_t)
//   (5) c_t = f̂_t*c_{t-1} + î_t*tanh(a_c)
//   (6) n_t = f̂_t*n_{t-1} + î_t
//   (7) h_t = σ(a_o)*c_t/n_t
// c_t and n_t both hold a factor e^-m_t, which cancels in (7): no loss depends on m_t. So its total gradient is 0 and
// (3) is differentiated as a constant. What is sent back to m_{t-1} is its share of (4) alone; it is a gradient only
// before the first step, where c_0, n_0 and m_0 are given. Clipping of dc and dn by timestep leaves the convention as it is.

import type { Backward, Cell, Forward } from './cell.ts'
import type { Ops } from '../ops/ops.ts'

type Parameter = 'Wh'
type State = 'h' | 'c' | 'n' | 'm'
/** hPrev h_{t-1}, cPrev, nPrev, n, i î_t, f f̂_t, zf σ(a_f), zo σ(a_o), cNew tanh(a_c), ratio c_t/n_t, [N,H] each. */
type Saved = 'hPrev' | 'cPrev' | 'nPrev' | 'n' | 'i' | 'f' | 'zf' | 'zo' | 'cNew' | 'ratio'

export const slstm: Cell<Parameter, State, Saved> = {
  gates: ['i', 'f', 'o', 'c'],
  states: ['h', 'c', 'n', 'm'],
  logistic: [
    { saved: 'zf', gates: ['f'] },
    { saved: 'zo', gates: ['o'] },
  ],
  recurrent: [{ parameter: 'Wh', left: 'hPrev', gates: ['i', 'f', 'o', 'c'] }],

  forward<X>(
    ops: Ops<X>,
    p: Record<Parameter, X>,
    wx: X,
    { seen: hPrev, c: cPrev, n: nPrev, m: mPrev }: Record<State | 'seen', X>,
  ): Forward<X, State, Saved> {
    const H = ops.size(hPrev, 1)
    const a = ops.add(wx, ops.matMul(hPrev, p.Wh)) // (1)
    const [ai, afo, ac] = ops.split(a, [H, 2 * H, H], 1)
    const z = ops.sigmoid(afo) // [N,2H] f|o
    const [zf, zo] = ops.split(z, [H, H], 1)
    const [af] = ops.split(afo, [H, H], 1)
    const kept = ops.sub(mPrev, ops.softplus(ops.scale(af, -1))) // (2): log σ(a) = -softplus(-a)
    const m = ops.maximum(kept, ai) // (3)
    const i = ops.exp(ops.sub(ai, m)) // (4)
    const f = ops.exp(ops.sub(kept, m))
    const cNew = ops.tanh(ac)
    const c = ops.add(ops.mul(f, cPrev), ops.mul(i, cNew)) // (5)
    const n = ops.add(ops.mul(f, nPrev), i) // (6)
    const ratio = ops.div(c, n)
    const h = ops.mul(zo, ratio) // (7)
    return { state: { h, c, n, m }, saved: { hPrev, cPrev, nPrev, n, i, f, zf, zo, cNew, ratio } }
  },

  backward<X>(
    ops: Ops<X>,
    p: Record<Parameter, X>,
    { cPrev, nPrev, n, i, f, zf, zo, cNew, ratio }: Record<Saved, X>,
    { h: dh, c: dcNext, n: dnNext, m: dm }: Record<State, X>,
  ): Backward<X, State> {
    const dRatio = ops.div(ops.mul(dh, zo), n) // (7) what c receives; n receives it times -ratio
    const dc = ops.add(dcNext, dRatio)
    const dn = ops.sub(dnNext, ops.mul(dRatio, ratio))
    const dai = ops.mul(i, ops.add(ops.mul(dc, cNew), dn)) // (5) (6) (4) (2)
    const dKept = ops.mul(f, ops.add(ops.mul(dc, cPrev), ops.mul(dn, nPrev))) // (5) (6) (4): of log f_t + m_{t-1}
    const daf = ops.sub(dKept, ops.mul(dKept, zf)) // (2): 1-σ(a_f)
    const dao = ops.sigmoidGrad(zo, ops.mul(dh, ratio)) // (7)
    const dac = ops.tanhGrad(cNew, ops.mul(dc, i)) // (5)
    const da = ops.concat([dai, daf, dao, dac], 1) // [N,4H]
    const dhPrev = ops.matMul(da, p.Wh, { transposeB: true }) // (1)
    return {
      da,
      dPrevious: { seen: dhPrev, c: ops.mul(dc, f), n: ops.mul(dn, f), m: dKept },
      dState: { h: dh, c: dc, n: dn, m: dm },
    }
  },
}
