// Backward through time, layer by layer from the top.

import type { BoundNetwork } from '../network/bound.ts'
import { dropped } from '../network/dropout.ts'
import { embeddingGradient, inputGradient } from '../network/input.ts'
import { listLayerShapes, listLevels } from '../network/network.ts'
import type { Ops, Series } from '../ops/ops.ts'
import { joinRows, splitEqually } from '../ops/series.ts'
import { mapTensors, prefixed, under, type Tensors } from '../ops/tensors.ts'
import { layerBackward, type LayerBack, type LayerChoices } from './layer_backward.ts'
import type { LayerRun } from './layer_run.ts'

export interface BackpropagateOptions<X = never> extends LayerChoices {
  /** Gradients of each layer's states after the last step, [N,H] each; zeros unless given. */
  readonly dAfter?: readonly Tensors<X>[]
}

export interface BackpropagateResult<X> {
  /** Gradients of embedding and layers by full name. */
  readonly gradients: Tensors<X>
  readonly layers: readonly LayerBack<X>[]
}

/** What is gone back through. */
export interface BackwardPass<X> {
  /** The inputs `unroll` had. */
  readonly inputs: X
  readonly runs: readonly LayerRun<X>[]
  /** Gradient of the output of the top layer for each step, [N,H]; zeros where step t has no loss of its own, undefined where none has. */
  readonly dh: Series<X> | undefined
}

/** The gradients of everything below the read-out. */
export function backpropagate<X>(
  { ops, network, parameters }: BoundNetwork<X>,
  { inputs, runs, dh }: BackwardPass<X>,
  options: BackpropagateOptions<X> = {},
): BackpropagateResult<X> {
  const shapes = listLayerShapes(network)
  let dOutput: Series<X> | undefined = dh
  let gradients: Tensors<X> = {}
  const layers: LayerBack<X>[] = [] // filled from the top
  for (const [depth, rows] of [...listLevels(network).entries()].toReversed()) {
    const injected = splitDirections(ops, dOutput, rows.length)
    const own = rows.map((row, direction) => {
      const prefix = `${network.layers[row]!.name}.`
      const p = under(parameters, prefix)
      const dAfter = options.dAfter?.[row] ?? mapTensors(shapes[row]!, (shape) => ops.zeros(shape))
      const back = layerBackward(ops, network, runs[row]!, {
        ...options,
        p,
        injected: injected[direction],
        dAfter,
      })
      layers[row] = back
      return prefixed(back.gradients, prefix)
    })
    gradients = Object.assign({}, ...own, gradients) as Tensors<X>
    if (depth > 0) {
      const dX = levelInputGradient({ ops, network, parameters }, depth, (row) => layers[row]!.dA)
      const dInput = dropped(ops, dX, runs[rows[0]!]!.dropout)
      const past = network.residual ? dOutput : undefined // past the layer, to the output of the one below
      dOutput = { rows: past === undefined ? dInput : ops.add(dInput, joinRows(ops, past)) }
    } else if (network.embeddingSize !== null && options.sources === undefined) {
      const dInput = levelInputGradient({ ops, network, parameters }, depth, (row) => layers[row]!.dProduct!)
      const isTable = runs[rows[0]!]!.input.kind === 'symbols' // the product was of the embedding itself
      gradients = { embedding: isTable ? dInput : embeddingGradient(ops, network, inputs, dInput), ...gradients }
    }
  }
  return { gradients, layers }
}

/** What the output of a layer sends back to each of its directions: its columns of [N,H] each. */
function splitDirections<X>(
  ops: Ops<X>,
  dOutput: Series<X> | undefined,
  directions: number,
): readonly (Series<X> | undefined)[] {
  if (dOutput === undefined || directions === 1) return Array.from({ length: directions }, () => dOutput)
  return splitEqually(ops, joinRows(ops, dOutput), directions, 1).map((rows) => ({ rows }))
}

/**
 * Gradient of what a layer of the stack multiplies by Wx, over all its directions.
 *
 * @param ofProduct that of the product, of each direction by its place in the table of layers
 */
export function levelInputGradient<X>(
  { ops, network, parameters }: BoundNetwork<X>,
  depth: number,
  ofProduct: (row: number) => X,
): X {
  const each = listLevels(network)[depth]!.map((row) =>
    inputGradient(ops, under(parameters, `${network.layers[row]!.name}.`), ofProduct(row)),
  )
  return each.reduce((sum, dX) => ops.add(sum, dX))
}
