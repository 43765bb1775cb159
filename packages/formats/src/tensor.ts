/** Elements, row-major. */
export type TensorData = Float32Array | Float64Array | Int32Array | BigInt64Array

/** A tensor on the host; shape [] is one element. */
export interface Tensor {
  readonly shape: readonly number[]
  readonly data: TensorData
}

export type NamedTensors = Readonly<Record<string, Tensor>>

/** The number of elements of a shape. */
export function elements(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1)
}
