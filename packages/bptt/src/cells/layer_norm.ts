// Layer normalisation (Ba, Kiros and Hinton 2016) of what a cell puts through its non-linearities. Letters:
// docs/math/notation.md; a is a block of H columns: the pre-activations of one gate, or the memory cell. Means are those
// over the H units of a row:
//   (1) s = 1/√(mean((a - mean(a))²) + ε)              [N,1]
//   (2) â = (a - mean(a))*s                            [N,H]
//   (3) n = gain*â + bias                              [N,H]   gain, bias [H]
// Backwards, with d = gain*dn:  da = (d - mean(d) - â*mean(d*â))*s,  dgain = Σ dn*â,  dbias = Σ dn.

import type { Cell, Normalised } from './cell.ts'
import type { Ops } from '../ops/ops.ts'
import { splitEqually } from '../ops/series.ts'
import { named, type Tensors } from '../ops/tensors.ts'

/** ε of (1), as PyTorch's nn.LayerNorm has it. */
const EPSILON = 1e-5

/** What becomes of values before their non-linearity: normalised, or left as they are. */
export interface Normaliser {
  /** What there is to learn; nothing where values are left as they are. */
  readonly normalised: NonNullable<Cell['normalised']>
  /** n [N,kH] from a, of a place with k blocks. */
  forward<X>(ops: Ops<X>, p: Tensors<X>, place: string, a: X): { readonly n: X; readonly saved: Tensors<X> }
  /** da from dn; `dNormalised` is what the gradients of gain and bias come from. */
  backward<X>(
    ops: Ops<X>,
    p: Tensors<X>,
    place: string,
    at: { readonly saved: Tensors<X>; readonly dn: X },
  ): { readonly da: X; readonly dNormalised: Tensors<X> }
}

const LEFT: Normaliser = {
  normalised: [],
  forward: (_, _p, _place, n) => ({ n, saved: {} }),
  backward: (_, _p, _place, { dn }) => ({ da: dn, dNormalised: {} }),
}

/** @param isOn whether anything is normalised */
export function createNormaliser(isOn: boolean | undefined, of: Normalised): Normaliser {
  if (isOn !== true) return LEFT
  return {
    normalised: [of],

    forward<X>(ops: Ops<X>, p: Tensors<X>, place: string, a: X) {
      const blocks = cutBlocks(ops, a, of.places[place]!).map((block) => normalise(ops, block))
      const scaled = joinBlocks(
        ops,
        blocks.map(({ x }) => x),
      )
      const scale = joinBlocks(
        ops,
        blocks.map(({ s }) => s),
      )
      const n = ops.add(
        ops.mul(scaled, cutVector(ops, named(p, of.gain), of, place)),
        cutVector(ops, named(p, of.bias), of, place),
      ) // (3)
      return { n, saved: { [nameNormal(place)]: scaled, [nameScale(place)]: scale } }
    },

    backward<X>(ops: Ops<X>, p: Tensors<X>, place: string, { saved, dn }: { saved: Tensors<X>; dn: X }) {
      const count = of.places[place]!
      const x = cutBlocks(ops, named(saved, nameNormal(place)), count)
      const s = cutBlocks(ops, named(saved, nameScale(place)), count)
      const d = cutBlocks(ops, ops.mul(dn, cutVector(ops, named(p, of.gain), of, place)), count) // (3)
      const da = joinBlocks(
        ops,
        d.map((block, i) => normaliseBackward(ops, { x: x[i]!, s: s[i]! }, block)),
      )
      return { da, dNormalised: { [place]: dn } }
    },
  }
}

/** What a cell saves of a place: â of its blocks, [N,kH]. */
export function nameNormal(place: string): string {
  return `${place} normalised`
}

/** What a cell saves of a place: s of its blocks, [N,k]. */
function nameScale(place: string): string {
  return `${place} scale`
}

/** â of (2) and s of (1). */
interface NormalisedBlock<X> {
  readonly x: X
  readonly s: X
}

function normalise<X>(ops: Ops<X>, a: X): NormalisedBlock<X> {
  const centred = ops.sub(a, ops.rowMeans(a))
  const variance = ops.rowMeans(ops.square(centred))
  const s = ops.div(ops.constant(1), ops.sqrt(ops.add(variance, ops.constant(EPSILON)))) // (1)
  return { x: ops.mul(centred, s), s } // (2)
}

function normaliseBackward<X>(ops: Ops<X>, { x, s }: NormalisedBlock<X>, d: X): X {
  const centred = ops.sub(d, ops.rowMeans(d))
  return ops.mul(ops.sub(centred, ops.mul(x, ops.rowMeans(ops.mul(d, x)))), s)
}

/** The columns of each of k blocks. */
function cutBlocks<X>(ops: Ops<X>, x: X, count: number): readonly X[] {
  return count === 1 ? [x] : splitEqually(ops, x, count, 1)
}

function joinBlocks<X>(ops: Ops<X>, blocks: readonly X[]): X {
  return blocks.length === 1 ? blocks[0]! : ops.concat(blocks, 1)
}

/** The part of gain or bias that belongs to a place, [kH]. */
function cutVector<X>(ops: Ops<X>, vector: X, { places: counted }: Normalised, place: string): X {
  const places = Object.keys(counted)
  if (places.length === 1) return vector
  const counts = Object.values(counted)
  const H = ops.size(vector, 0) / counts.reduce((sum, count) => sum + count, 0)
  const parts: readonly X[] = ops.split(
    vector,
    counts.map((count) => count * H),
    0,
  )
  return parts[places.indexOf(place)]!
}
