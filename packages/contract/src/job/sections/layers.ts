// The layers of a network as a table, from the lowest: whoever needs a size or a name of one, or how many there are, reads it
// here. Each direction of a bidirectional layer is a row of its own.

import type { Model } from './model.ts'

/** The order in which a layer reads the steps of a sequence: from the first, or from the last. */
export type Direction = 'forward' | 'backward'

/** One recurrent layer, or one direction of it. */
export interface Layer {
  /** What its parameters and series begin with: `layers.0`, or `layers.0.forward` and `layers.0.backward` of two directions. */
  name: string
  /** Its place in the stack, from 0; both directions of a layer have the same. */
  depth: number
  direction: Direction
  /** X, numbers of a step that Wx multiplies: of all directions below together. */
  inputSize: number
  /** H, units of this direction. */
  hiddenSize: number
  /** Numbers of h_t of this direction: P with a projection, else H. */
  outputSize: number
}

/**
 * The layers of a model, direction by direction.
 *
 * @param inputSize numbers of a step that the lowest layer reads: those of the embedding where there is one
 */
export function listLayers(model: Model, inputSize: number): readonly Layer[] {
  const outputs = listOutputSizes(model)
  const directions: readonly Direction[] = model.bidirectional === true ? ['forward', 'backward'] : ['forward']
  return listHiddenSizes(model).flatMap((hiddenSize, depth) =>
    directions.map((direction) => ({
      name: directions.length === 1 ? `layers.${depth}` : `layers.${depth}.${direction}`,
      depth,
      direction,
      inputSize: depth === 0 ? inputSize : directions.length * outputs[depth - 1]!,
      hiddenSize,
      outputSize: outputs[depth]!,
    })),
  )
}

/** The names of the layers of a model, direction by direction. */
export function listLayerNames(model: Model): readonly string[] {
  return listLayers(model, 1).map(({ name }) => name)
}

/** Units of all layers together, of both directions. */
export function countUnits(model: Model): number {
  return listLayers(model, 1).reduce((sum, { hiddenSize }) => sum + hiddenSize, 0)
}

/** Whether layers of these sizes are all of one. */
export function haveOneSize(sizes: readonly number[]): boolean {
  return sizes.every((size) => size === sizes[0])
}

/** Layers one above the other. */
export function countLayers({ hidden_sizes, layers }: Model): number {
  return hidden_sizes?.length ?? layers
}

/** H of each layer, from the lowest: units of a direction. */
export function listHiddenSizes({ hidden_sizes, hidden_size, layers }: Model): readonly number[] {
  return hidden_sizes ?? Array.from({ length: layers }, () => hidden_size) // absent from older records
}

/** Numbers of h_t of each layer, from the lowest, of a direction: P with a projection, else H. */
export function listOutputSizes(model: Model): readonly number[] {
  const projected = getProjectionSize(model)
  return listHiddenSizes(model).map((hiddenSize) => projected ?? hiddenSize)
}

/** P, to which a model projects h_t; undefined where it does not. */
export function getProjectionSize(model: Model): number | undefined {
  return 'projection_size' in model ? (model.projection_size ?? undefined) : undefined
}
