// Long short-term memory with update, forget and output gates (Gers et al. 2000). Letters: docs/math/notation.md
//   (1) [a_u | a_f | a_o | a_c] = Wx x_t + Wh h_{t-1} + b        [N,4H]
//   (2) [z_u | z_f | z_o] = σ([a_u | a_f | a_o])                 [N,3H]
//   (3) c̃_t = tanh(a_c)                                          [N,H]
//   (4) c_t = z_u*c̃_t + z_f*c_{t-1}                              [N,H]
//   (5) h_t = z_o*tanh(c_t)                                      [N,H]
// With layer_norm, (2) and (3) act on the gates' pre-activations normalised (layer_norm.ts), and b is added after that; (5) on c_t
// normalised, which goes on to step t+1 as it is.

import type { Backward, Cell, Forward } from './cell.ts'
import { createNormaliser } from './layer_norm.ts'
import type { Ops } from '../ops/ops.ts'
import { named, type Tensors } from '../ops/tensors.ts'

type State = 'h' | 'c'
/** hPrev h_{t-1}, cPrev c_{t-1}, cNew c̃_t, tanhC tanh(c_t), [N,H] each; z [N,3H], the gates u|f|o in one block. */
type Saved = 'hPrev' | 'cPrev' | 'z' | 'cNew' | 'tanhC'

/** The LSTM. */
export function lstm({ layer_norm }: { readonly layer_norm?: boolean }): Cell<string, State, Saved> {
  const norm = createNormaliser(layer_norm, { gain: 'gain', bias: 'b', places: { ufoc: 4 } })
  const cellNorm = createNormaliser(layer_norm, { gain: 'gcell', bias: 'bcell', places: { cell: 1 } })
  return {
    gates: ['u', 'f', 'o', 'c'],
    states: ['h', 'c'],
    normalised: [...norm.normalised, ...cellNorm.normalised],
    logistic: [{ saved: 'z', gates: ['u', 'f', 'o'] }],
    recurrent: [{ parameter: 'Wh', left: 'hPrev', gates: ['u', 'f', 'o', 'c'] }],

    forward<X>(
      ops: Ops<X>,
      p: Tensors<X>,
      wx: X,
      { seen: hPrev, c: cPrev }: Record<State | 'seen', X>,
    ): Forward<X, State, Saved> {
      const H = ops.size(cPrev, 1)
      const a = ops.add(wx, ops.matMul(hPrev, named(p, 'Wh'))) // (1)
      const gates = norm.forward(ops, p, 'ufoc', a)
      const [aGates, ac] = ops.split(gates.n, [3 * H, H], 1)
      const z = ops.sigmoid(aGates) // (2)
      const [zu, zf, zo] = ops.split(z, [H, H, H], 1)
      const cNew = ops.tanh(ac) // (3)
      const c = ops.add(ops.mul(zu, cNew), ops.mul(zf, cPrev)) // (4)
      const memory = cellNorm.forward(ops, p, 'cell', c)
      const tanhC = ops.tanh(memory.n)
      const h = ops.mul(zo, tanhC) // (5)
      return { state: { h, c }, saved: { ...gates.saved, ...memory.saved, hPrev, cPrev, z, cNew, tanhC } }
    },

    backward<X>(
      ops: Ops<X>,
      p: Tensors<X>,
      saved: Record<Saved, X>,
      { h: dh, c: dcNext }: Record<State, X>,
    ): Backward<X, State> {
      const { cPrev, z, cNew, tanhC } = saved
      const H = ops.size(dh, 1)
      const [zu, zf, zo] = ops.split(z, [H, H, H], 1) // split again rather than kept: 3NH numbers less each step
      const dzo = ops.mul(dh, tanhC) // (5)
      const memory = cellNorm.backward(ops, p, 'cell', { saved, dn: ops.tanhGrad(tanhC, ops.mul(dh, zo)) }) // (5)
      const dc = ops.add(dcNext, memory.da)
      const dz = ops.concat([ops.mul(dc, cNew), ops.mul(dc, cPrev), dzo], 1) // (4) [N,3H] u|f|o
      const dac = ops.tanhGrad(cNew, ops.mul(dc, zu)) // (4) (3)
      const dn = ops.concat([ops.sigmoidGrad(z, dz), dac], 1) // (2) [N,4H]
      const { da, dNormalised } = norm.backward(ops, p, 'ufoc', { saved, dn })
      const dhPrev = ops.matMul(da, named(p, 'Wh'), { transposeB: true }) // (1)
      return {
        da,
        dPrevious: { seen: dhPrev, c: ops.mul(dc, zf) },
        dState: { h: dh, c: dc },
        dNormalised: { ...dNormalised, ...memory.dNormalised },
      }
    },
  }
}
