/** Numbers of a tensor in memory that JavaScript can see, row-major. Ids of symbols are whole numbers in any of these. */
export type Values = Float32Array | Float64Array | Int32Array

/** Where an interpreter keeps its tensors. */
export interface Memory<X> {
  shape(x: X): readonly number[]
  /** A view, not a copy; not to be kept, as memory may move when the next tensor is made. */
  values(x: X): Values
  /** A new tensor of numbers that are not set yet. */
  create(shape: readonly number[]): X
  /** The same numbers in another shape. */
  alias(x: X, shape: readonly number[]): X
  scope<Result>(body: () => Result): Result
}

export function elements(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1)
}

/** The sizes [outer, size, inner] around one axis of a shape. */
export function around(shape: readonly number[], axis: number): readonly [number, number, number] {
  return [elements(shape.slice(0, axis)), shape[axis] ?? 1, elements(shape.slice(axis + 1))]
}

/** Rows and columns of a matrix. Errors: TypeError for any other tensor. */
export function matrixShape(shape: readonly number[]): readonly [number, number] {
  const [rows, columns] = shape
  if (rows === undefined || columns === undefined || shape.length !== 2) {
    throw new TypeError(`Cannot read a matrix as the shape must be [rows, columns]: current value is [${shape.join()}]`)
  }
  return [rows, columns]
}
