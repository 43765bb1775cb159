// Gated recurrent unit with update and relevance gates. Letters: docs/math/notation.md; its c_t is called h_t here: h_t = c_t.
//   (1) [a_u | a_r] = Wx x_t + Wh h_{t-1} + b          [N,2H]   columns u, r
//   (2) z_u = σ(a_u),  z_r = σ(a_r)                    [N,H] each
//   (3) a_c = Wx x_t + b + Whc (z_r*h_{t-1})           [N,H]    column c, reset before the product
//       a_c = Wx x_t + b + z_r*m_t,  m_t = Whc h_{t-1} + bm     reset after it
//   (4) c̃_t = tanh(a_c)
//   (5) h_t = z_u*c̃_t + (1-z_u)*h_{t-1} = h_{t-1} + z_u*(c̃_t - h_{t-1})
// With layer_norm, (2) and (4) act on a_u, a_r and a_c normalised (layer_norm.ts), and b is added after that; bm is not.
// z_u multiplies the new value (docs/math/notation.md); PyTorch and Keras multiply the old value by z. PyTorch, Keras by default
// and cuDNN have z_r after the product, where bm cannot be part of b.

import type { Backward, Cell, Forward } from './cell.ts'
import { createNormaliser } from './layer_norm.ts'
import type { Ops } from '../ops/ops.ts'
import { named, type Tensors } from '../ops/tensors.ts'

type State = 'h'
/** seen h_{t-1}, masked by recurrent dropout, inner what (3) has between z_r and Whc, zu, zr, cNew c̃_t, change c̃_t - h_{t-1}, [N,H] each. */
type Saved = 'seen' | 'inner' | 'zu' | 'zr' | 'cNew' | 'change'

type Reset = 'before' | 'after'

/** Where z_r acts: the recurrent part of a_c, and its way back. */
interface Kind extends Pick<Cell<string, State, Saved>, 'recurrentBiases'> {
  /** The weight Whc. */
  readonly candidate: Cell<string, State, Saved>['recurrent'][number]
  forward<X>(
    ops: Ops<X>,
    p: Tensors<X>,
    at: { readonly seen: X; readonly zr: X },
  ): { readonly inner: X; readonly sum: X }
  backward<X>(
    ops: Ops<X>,
    p: Tensors<X>,
    at: { readonly seen: X; readonly zr: X; readonly inner: X },
    dac: X,
  ): { readonly dzr: X; readonly dSeen: X }
}

const KINDS: Readonly<Record<Reset, Kind>> = {
  before: {
    candidate: { parameter: 'Whc', left: 'inner', gates: ['c'] },
    forward: (ops, p, { seen, zr }) => {
      const inner = ops.mul(zr, seen)
      return { inner, sum: ops.matMul(inner, named(p, 'Whc')) }
    },
    backward: (ops, p, { seen, zr }, dac) => {
      const dInner = ops.matMul(dac, named(p, 'Whc'), { transposeB: true })
      return { dzr: ops.mul(dInner, seen), dSeen: ops.mul(dInner, zr) }
    },
  },
  after: {
    candidate: { parameter: 'Whc', left: 'seen', gates: ['c'], scaledBy: 'zr' },
    recurrentBiases: [{ parameter: 'bm', gates: ['c'], scaledBy: 'zr' }],
    forward: (ops, p, { seen, zr }) => {
      const inner = ops.add(ops.matMul(seen, named(p, 'Whc')), named(p, 'bm'))
      return { inner, sum: ops.mul(zr, inner) }
    },
    backward: (ops, p, { zr, inner }, dac) => {
      const dSeen = ops.matMul(ops.mul(dac, zr), named(p, 'Whc'), { transposeB: true })
      return { dzr: ops.mul(dac, inner), dSeen }
    },
  },
}

interface Choices {
  readonly reset?: Reset
  readonly layer_norm?: boolean
}

/** The GRU whose relevance gate acts before or after the product with the recurrent matrix; before unless given. */
export function gru({ reset = 'before', layer_norm }: Choices): Cell<string, State, Saved> {
  const norm = createNormaliser(layer_norm, { gain: 'gain', bias: 'b', places: { ur: 2, c: 1 } })
  const { candidate: candidateWeight, recurrentBiases, ...kind } = KINDS[reset]
  return {
    gates: ['u', 'r', 'c'],
    states: ['h'],
    logistic: [
      { saved: 'zu', gates: ['u'] },
      { saved: 'zr', gates: ['r'] },
    ],
    recurrent: [{ parameter: 'Wh', left: 'seen', gates: ['u', 'r'] }, candidateWeight],
    ...(recurrentBiases && { recurrentBiases }),
    normalised: norm.normalised,

    forward<X>(
      ops: Ops<X>,
      p: Tensors<X>,
      wx: X,
      { h: hPrev, seen }: Readonly<Record<State | 'seen', X>>,
    ): Forward<X, State, Saved> {
      const H = ops.size(hPrev, 1)
      const [wxGates, wxCandidate] = ops.split(wx, [2 * H, H], 1)
      const aGates = ops.add(wxGates, ops.matMul(seen, named(p, 'Wh'))) // (1) [N,2H] u|r
      const gates = norm.forward(ops, p, 'ur', aGates)
      const z = ops.sigmoid(gates.n) // (2)
      const [zu, zr] = ops.split(z, [H, H], 1)
      const { inner, sum } = kind.forward(ops, p, { seen, zr })
      const candidate = norm.forward(ops, p, 'c', ops.add(wxCandidate, sum)) // (3)
      const cNew = ops.tanh(candidate.n) // (4)
      const change = ops.sub(cNew, hPrev)
      const h = ops.add(hPrev, ops.mul(zu, change)) // (5)
      return { state: { h }, saved: { ...gates.saved, ...candidate.saved, seen, inner, zu, zr, cNew, change } }
    },

    backward<X>(
      ops: Ops<X>,
      p: Tensors<X>,
      saved: Readonly<Record<Saved, X>>,
      { h: dh }: Readonly<Record<State, X>>,
    ): Backward<X, State> {
      const { seen, inner, zu, zr, cNew, change } = saved
      const dzu = ops.mul(dh, change) // (5)
      const dcNew = ops.mul(dh, zu)
      const candidate = norm.backward(ops, p, 'c', { saved, dn: ops.tanhGrad(cNew, dcNew) }) // (4)
      const { dzr, dSeen } = kind.backward(ops, p, { seen, zr, inner }, candidate.da) // (3)
      const dGates = ops.concat([ops.sigmoidGrad(zu, dzu), ops.sigmoidGrad(zr, dzr)], 1) // (2) [N,2H] u|r
      const gates = norm.backward(ops, p, 'ur', { saved, dn: dGates })
      const dThrough = ops.add(ops.matMul(gates.da, named(p, 'Wh'), { transposeB: true }), dSeen) // (1) (3)
      const dPrevious = { h: ops.sub(dh, dcNew), seen: dThrough } // (5): dh*(1-z_u)
      const dNormalised = { ...gates.dNormalised, ...candidate.dNormalised }
      return { da: ops.concat([gates.da, candidate.da], 1), dPrevious, dState: { h: dh }, dNormalised }
    },
  }
}
