// Backward through time for the gradients of the states alone, whatever their size: rows are rescaled at every step.

import type { BoundNetwork } from '../network/bound.ts'
import { dropped } from '../network/dropout.ts'
import { inputGradient } from '../network/input.ts'
import { listLayerShapes, listLevels } from '../network/network.ts'
import type { Ops } from '../ops/ops.ts'
import { joinRows, splitEqually } from '../ops/series.ts'
import { mapTensors, named, under, type Tensors } from '../ops/tensors.ts'
import type { BackwardPass } from './backpropagate.ts'
import { EXPONENT, layerBackward, type LayerBack } from './layer_backward.ts'
import { addScaled, rescale, type Scaled } from './rescaling.ts'

/**
 * The layers of a pass, with `scaled` each.
 *
 * @param dAfter gradients of each layer's states after the last step with their exponents, by the names of `listScaledShapes`; zeros unless given
 */
export function backpropagateScaled<X>(
  { ops, network, parameters }: BoundNetwork<X>,
  { runs, dh }: Pick<BackwardPass<X>, 'runs' | 'dh'>,
  dAfter?: readonly Tensors<X>[],
): readonly LayerBack<X>[] {
  const shapes = listScaledShapes(network)
  const layers: LayerBack<X>[] = [] // filled from the top
  let dOutput = dh && startScaled(ops, joinRows(ops, dh))
  for (const [depth, rows] of [...listLevels(network).entries()].toReversed()) {
    const own = (row: number): Tensors<X> => under(parameters, `${network.layers[row]!.name}.`)
    const injected = splitDirections(ops, dOutput, rows.length)
    for (const [direction, row] of rows.entries()) {
      layers[row] = layerBackward(ops, network, runs[row]!, {
        p: own(row),
        injected: injected[direction] && { rows: named(injected[direction].d, 'h') },
        exponents: injected[direction] && { rows: injected[direction].exponent },
        dAfter: dAfter?.[row] ?? mapTensors(shapes[row]!, (shape) => ops.zeros(shape)),
      })
    }
    if (depth === 0) break
    const dX = rows
      .map((row) => {
        const { dA, scaled } = layers[row]!
        const exponent = joinRows(ops, scaled!.exponents)
        return rescale(ops, { d: { h: inputGradient(ops, own(row), dA) }, exponent })
      })
      .reduce((sum, each) => rescale(ops, addScaled(ops, sum, each)))
    const mask = runs[rows[0]!]!.dropout
    const dInput = rescale(ops, { ...dX, d: { h: dropped(ops, named(dX.d, 'h'), mask) } })
    dOutput = network.residual && dOutput !== undefined ? rescale(ops, addScaled(ops, dInput, dOutput)) : dInput
  }
  return layers
}

/** Shapes of the gradients of each layer's states with their exponents. */
export function listScaledShapes(
  network: BoundNetwork<unknown>['network'],
): readonly Readonly<Record<string, readonly number[]>>[] {
  return listLayerShapes(network).map((shapes) => ({ ...shapes, [EXPONENT]: [network.batchSize, 1] }))
}

function startScaled<X>(ops: Ops<X>, rows: X): Scaled<X> {
  return rescale(ops, { d: { h: rows }, exponent: ops.zeros([ops.size(rows, 0), 1]) })
}

/** What the output of a layer sends back to each of its directions: its columns. */
function splitDirections<X>(
  ops: Ops<X>,
  dOutput: Scaled<X> | undefined,
  directions: number,
): readonly (Scaled<X> | undefined)[] {
  if (dOutput === undefined || directions === 1) return Array.from({ length: directions }, () => dOutput)
  const parts = splitEqually(ops, named(dOutput.d, 'h'), directions, 1)
  return parts.map((h) => rescale(ops, { ...dOutput, d: { h } }))
}
