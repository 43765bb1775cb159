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
