// Long short-term memory whose gates also see the memory cell (Gers and Schmidhuber 2000). Letters: docs/math/notation.md
//   (1) [a_u | a_f | a_o | a_c] = Wx x_t + Wh h_{t-1} + b                    [N,4H]
//   (2) z_u = σ(a_u + P_u c_{t-1}),  z_f = σ(a_f + P_f c_{t-1})              [N,H] each
//   (3) c̃_t = tanh(a_c)                                                      [N,H]
//   (4) c_t = z_u*c̃_t + z_f*c_{t-1}                                          [N,H]
//   (5) z_o = σ(a_o + P_o c_t)                                               [N,H]   the new memory cell
//   (6) h_t = z_o*tanh(c_t)                                                  [N,H]
// With layer_norm, (2), (3) and (5) act on their sums normalised (layer_norm.ts), and b is added after that; (6) on c_t normalised,
// which goes on to step t+1 and to the gates as it is.
// P is a matrix [H,H] ("full") or a vector p [H] ("diagonal", as in most libraries).

import type { Backward, Cell, Forward } from './cell.ts'
import { diagonal, matrix, type Connection } from './connection.ts'
import { createNormaliser, type Normaliser } from './layer_norm.ts'
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

interface Choices {
  readonly peephole: Peephole
  readonly layer_norm?: boolean
}

/** The LSTM with peepholes of a kind. */
export function lstmPeephole({ peephole, layer_norm }: Choices): Cell<string, State, Saved> {
  const { connection, names } = KINDS[peephole]
  const norm = createNormaliser(layer_norm, { gain: 'gain', bias: 'b', places: { uf: 2, o: 1, c: 1 } })
  const cellNorm = createNormaliser(layer_norm, { gain: 'gcell', bias: 'bcell', places: { cell: 1 } })
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
    normalised: [...norm.normalised, ...cellNorm.normalised],

    forward<X>(
      ops: Ops<X>,
      p: Tensors<X>,
      wx: X,
      { seen: hPrev, c: cPrev }: Readonly<Record<State | 'seen', X>>,
    ): Forward<X, State, Saved> {
      const H = ops.size(cPrev, 1)
      const seen = (gate: keyof Kind['names'], c: X): X => connection.through(ops, named(p, names[gate]), c)
      const a = ops.add(wx, ops.matMul(hPrev, named(p, 'Wh'))) // (1)
      const [auf, ao, ac] = ops.split(a, [2 * H, H, H], 1)
      const uf = norm.forward(ops, p, 'uf', ops.add(auf, ops.concat([seen('u', cPrev), seen('f', cPrev)], 1)))
      const zuf = ops.sigmoid(uf.n) // (2)
      const [zu, zf] = ops.split(zuf, [H, H], 1)
      const candidate = norm.forward(ops, p, 'c', ac)
      const cNew = ops.tanh(candidate.n) // (3)
      const c = ops.add(ops.mul(zu, cNew), ops.mul(zf, cPrev)) // (4)
      const o = norm.forward(ops, p, 'o', ops.add(ao, seen('o', c)))
      const zo = ops.sigmoid(o.n) // (5)
      const memory = cellNorm.forward(ops, p, 'cell', c)
      const tanhC = ops.tanh(memory.n)
      const h = ops.mul(zo, tanhC) // (6)
      const saved = { ...uf.saved, ...candidate.saved, ...o.saved, ...memory.saved }
      return { state: { h, c }, saved: { ...saved, hPrev, cPrev, c, zuf, zo, cNew, tanhC } }
    },

    backward: (ops, p, saved, d) => stepBack(ops, { p, connection, names, norm, cellNorm }, saved, d),
  }
}

interface Parts<X> extends Kind {
  readonly p: Tensors<X>
  readonly norm: Normaliser
  readonly cellNorm: Normaliser
}

function stepBack<X>(
  ops: Ops<X>,
  { p, connection, names, norm, cellNorm }: Parts<X>,
  saved: Readonly<Record<Saved, X>>,
  { h: dh, c: dcNext }: Readonly<Record<State, X>>,
): Backward<X, State> {
  const { cPrev, zuf, zo, cNew, tanhC } = saved
  const H = ops.size(dh, 1)
  const seen = (gate: keyof Kind['names'], da: X): X => connection.back(ops, named(p, names[gate]), da)
  const [zu, zf] = ops.split(zuf, [H, H], 1)
  const o = norm.backward(ops, p, 'o', { saved, dn: ops.sigmoidGrad(zo, ops.mul(dh, tanhC)) }) // (6) (5)
  const memory = cellNorm.backward(ops, p, 'cell', { saved, dn: ops.tanhGrad(tanhC, ops.mul(dh, zo)) }) // (6)
  const dcThroughH = ops.add(memory.da, seen('o', o.da)) // (6) (5)
  const dc = ops.add(dcNext, dcThroughH)
  const dzuf = ops.concat([ops.mul(dc, cNew), ops.mul(dc, cPrev)], 1) // (4) [N,2H] u|f
  const candidate = norm.backward(ops, p, 'c', { saved, dn: ops.tanhGrad(cNew, ops.mul(dc, zu)) }) // (4) (3)
  const uf = norm.backward(ops, p, 'uf', { saved, dn: ops.sigmoidGrad(zuf, dzuf) }) // (2)
  const [dau, daf] = ops.split(uf.da, [H, H], 1)
  const dcThroughGates = ops.add(seen('u', dau), seen('f', daf)) // (2)
  const dcPrev = ops.add(ops.mul(dc, zf), dcThroughGates) // (4)
  const da = ops.concat([uf.da, o.da, candidate.da], 1) // [N,4H] u|f|o|c
  const dhPrev = ops.matMul(da, named(p, 'Wh'), { transposeB: true }) // (1)
  const dNormalised = { ...uf.dNormalised, ...o.dNormalised, ...candidate.dNormalised, ...memory.dNormalised }
  return { da, dPrevious: { seen: dhPrev, c: dcPrev }, dState: { h: dh, c: dc }, dNormalised }
}
