// The inputs of a layer and their product with Wx, made for all steps at once.
//   (1) A = X Wx + b                [TN,gH]   X [TN,X]; for one-hot symbols, rows of Wx; without b where the cell adds it
//   (2) X = E[ids]                  [TN,X]    embedding, when there is one
//   (3) A = (E Wx + b)[ids]         [TN,gH]   the same where there are many steps for each symbol: a product of V rows, not of TN.
//                                             On the way back dA is added up by symbol first, S [V,gH]: dWx = Eᵀ S, dE = S Wxᵀ

import { addsBias, type Cell } from '../cells/cell.ts'
import type { Network } from './network.ts'
import type { Ops } from '../ops/ops.ts'
import { named, type Tensors } from '../ops/tensors.ts'

/** What a layer reads: vectors [TN,X], or symbols by id [TN], as rows of an embedding [V,X] or one-hot. */
export type LayerInput<X> =
  | { readonly kind: 'vectors'; readonly x: X }
  | { readonly kind: 'symbols'; readonly ids: X; readonly embedding?: X }

/** Rows of a pass for each symbol from which on the products of (3) and the sums on their way back take less time than those of (1). */
const ROWS_PER_SYMBOL = 2

/**
 * Input of the lowest layer, from vectors [T,N,X] or ids [T,N].
 *
 * @param options.rowByRow whether the numbers of a row must not depend on how many rows there are, so that (3) is left out
 */
export function firstInput<X>(
  ops: Ops<X>,
  network: Network,
  parameters: Tensors<X>,
  { inputs, rowByRow = false }: { readonly inputs: X; readonly rowByRow?: boolean },
): LayerInput<X> {
  const rows = ops.size(inputs, 0) * ops.size(inputs, 1)
  const { kind, size } = network.inputs
  if (kind === 'vectors') return { kind, x: ops.reshape(inputs, [rows, size]) }
  const ids = ops.reshape(inputs, [rows])
  if (network.embeddingSize === null) return { kind, ids }
  const embedding = named(parameters, 'embedding')
  if (!rowByRow && rows >= ROWS_PER_SYMBOL * size) return { kind, ids, embedding }
  return { kind: 'vectors', x: ops.gather(embedding, ids) } // (2)
}

/** Equation (1), or (3). */
export function project<X>(ops: Ops<X>, cell: Cell, p: Tensors<X>, input: LayerInput<X>): X {
  const Wx = named(p, 'Wx')
  const biased = (x: X): X => (addsBias(cell) ? x : ops.add(x, named(p, 'b')))
  if (input.kind === 'vectors') return biased(ops.matMul(input.x, Wx))
  const table = input.embedding === undefined ? Wx : ops.matMul(input.embedding, Wx)
  return ops.gather(biased(table), input.ids)
}

/** Gradient of the product with Wx, from dA [TN,gH]: dA itself or, for symbols, S [V,gH]. */
export function productGradient<X>(ops: Ops<X>, p: Tensors<X>, input: LayerInput<X>, dA: X): X {
  if (input.kind === 'vectors') return dA
  return ops.scatterAdd(input.ids, dA, ops.size(input.embedding ?? named(p, 'Wx'), 0))
}

/** dWx of equation (1) and, where it has b, db. */
export function projectBackward<X>(ops: Ops<X>, cell: Cell, { input, dA, dProduct }: Projected<X>): Tensors<X> {
  const left = input.kind === 'vectors' ? input.x : input.embedding
  const dWx = left === undefined ? dProduct : ops.matMul(left, dProduct, { transposeA: true })
  return { Wx: dWx, ...(!addsBias(cell) && { b: ops.sumRows(dA) }) }
}

interface Projected<X> {
  readonly input: LayerInput<X>
  /** [TN,gH]. */
  readonly dA: X
  /** That of `productGradient`. */
  readonly dProduct: X
}

/** dX [TN,X] of equation (1) from dA [TN,gH]; dE [V,X] of equation (3) from S [V,gH]. */
export function inputGradient<X>(ops: Ops<X>, p: Tensors<X>, d: X): X {
  return ops.matMul(d, named(p, 'Wx'), { transposeB: true })
}

/** Gradient of the embedding by equation (2), from dX [TN,X]. */
export function embeddingGradient<X>(ops: Ops<X>, network: Network, inputs: X, dX: X): X {
  const ids = ops.reshape(inputs, [ops.size(inputs, 0) * ops.size(inputs, 1)])
  return ops.scatterAdd(ids, dX, network.inputs.size)
}
