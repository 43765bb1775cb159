// The layers of a network as a table, from the lowest: whoever needs a size of one, or how many there are, reads it here.

import type { Model } from './model.ts'

/** One recurrent layer. */
export interface Layer {
  /** X, numbers of a step that Wx multiplies. */
  inputSize: number
  /** H, units. */
  hiddenSize: number
}

/**
 * The layers of a model.
 *
 * @param inputSize numbers of a step that the lowest layer reads: those of the embedding where there is one
 */
export function listLayers(model: Model, inputSize: number): readonly Layer[] {
  const sizes = listHiddenSizes(model)
  return sizes.map((hiddenSize, layer) => ({ inputSize: sizes[layer - 1] ?? inputSize, hiddenSize }))
}

/** Whether layers of these sizes are all of one. */
export function haveOneSize(sizes: readonly number[]): boolean {
  return sizes.every((size) => size === sizes[0])
}

/** H of each layer, from the lowest. */
export function listHiddenSizes({ hidden_sizes, hidden_size, layers }: Model): readonly number[] {
  return hidden_sizes ?? Array.from({ length: layers }, () => hidden_size) // absent from older records
}
