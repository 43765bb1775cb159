// The inputs of a layer and their product with Wx, made for all steps at once.
//   (1) A = X Wx + b                [TN,gH]   X [TN,X]; for one-hot symbols, rows of Wx; without b where the cell adds it
//   (2) X = E[ids]                  [TN,X]    embedding, when there is one

import { addsBias, type Cell } from '../cells/cell.ts'
import type { Network } from './network.ts'
import type { Ops } from '../ops/ops.ts'
import { named, type Tensors } from '../ops/tensors.ts'

/** What a layer reads: vectors [TN,X], or symbols by id [TN]. */
export type LayerInput<X> = { readonly kind: 'vectors'; readonly x: X } | { readonly kind: 'symbols'; readonly ids: X }

/** Input of the lowest layer, from vectors [T,N,X] or ids [T,N]. */
export function firstInput<X>(ops: Ops<X>, network: Network, parameters: Tensors<X>, inputs: X): LayerInput<X> {
  const rows = ops.size(inputs, 0) * ops.size(inputs, 1)
  if (network.inputs.kind === 'vectors') {
    return { kind: 'vectors', x: ops.reshape(inputs, [rows, network.inputs.size]) }
  }
  const ids = ops.reshape(inputs, [rows])
  if (network.embeddingSize === null) return { kind: 'symbols', ids }
  return { kind: 'vectors', x: ops.gather(named(parameters, 'embedding'), ids) } // (2)
}

/** Equation (1). */
export function project<X>(ops: Ops<X>, cell: Cell, p: Tensors<X>, input: LayerInput<X>): X {
  const Wx = named(p, 'Wx')
  const biased = (x: X): X => (addsBias(cell) ? x : ops.add(x, named(p, 'b')))
  return input.kind === 'symbols' ? ops.gather(biased(Wx), input.ids) : biased(ops.matMul(input.x, Wx))
}

/** dWx of equation (1) and, where it has b, db, from dA [TN,gH]. */
export function projectBackward<X>(ops: Ops<X>, cell: Cell, { p, input, dA }: Projected<X>): Tensors<X> {
  const dWx =
    input.kind === 'symbols'
      ? ops.scatterAdd(input.ids, dA, ops.size(named(p, 'Wx'), 0))
      : ops.matMul(input.x, dA, { transposeA: true })
  return { Wx: dWx, ...(!addsBias(cell) && { b: ops.sumRows(dA) }) }
}

interface Projected<X> {
  /** The layer's parameters. */
  readonly p: Tensors<X>
  readonly input: LayerInput<X>
  readonly dA: X
}

/** dX of equation (1), [TN,X]. */
export function inputGradient<X>(ops: Ops<X>, p: Tensors<X>, dA: X): X {
  return ops.matMul(dA, named(p, 'Wx'), { transposeB: true })
}

/** Gradient of the embedding, equation (2); empty without an embedding. */
export function embeddingGradient<X>(ops: Ops<X>, network: Network, inputs: X, dX: () => X): Tensors<X> {
  if (network.embeddingSize === null) return {}
  const ids = ops.reshape(inputs, [ops.size(inputs, 0) * ops.size(inputs, 1)])
  return { embedding: ops.scatterAdd(ids, dX(), network.inputs.size) }
}
