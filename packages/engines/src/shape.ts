// Shapes of tensors, row-major.

/** How many numbers a shape has. */
export function elements(shape: readonly number[]): number {
  let product = 1
  for (const size of shape) product *= size
  return product
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

/** The size of one axis. Errors: TypeError where there is none. */
export function axisSize(shape: readonly number[], axis: number): number {
  const size = shape[axis]
  if (size === undefined) throw new TypeError(`Cannot read axis ${axis} as the shape is [${shape.join()}]`)
  return size
}

function isSameShape(a: readonly number[], b: readonly number[]): boolean {
  if (a.length !== b.length) return false
  for (let axis = 0; axis < a.length; axis++) if (a[axis] !== b[axis]) return false
  return true
}

/** The shape two operands share. Errors: TypeError when they do not fit. */
export function broadcastShape(a: readonly number[], b: readonly number[]): readonly number[] {
  if (isSameShape(a, b)) return a
  const rank = Math.max(a.length, b.length)
  return Array.from({ length: rank }, (_, axis) => {
    const left = a[axis - rank + a.length] ?? 1
    const right = b[axis - rank + b.length] ?? 1
    if (left !== right && left !== 1 && right !== 1) {
      throw new TypeError(`Cannot combine tensors as their shapes must match: current values are [${a}] and [${b}]`)
    }
    return left === 1 ? right : left
  })
}
