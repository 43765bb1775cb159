import type { Random } from '@unroll/random'

/** A matrix [rows, columns], row-major, float64. */
export interface Matrix {
  readonly rows: number
  readonly columns: number
  readonly data: Float64Array
}

/** How one initial matrix is drawn. */
export type Draw = (rows: number, columns: number, random: Random) => Matrix

function filled(rows: number, columns: number, element: () => number): Matrix {
  return { rows, columns, data: Float64Array.from({ length: rows * columns }, element) }
}

/** U(-l, l) with l = √(6 / (fan in + fan out)) (Glorot and Bengio 2010). */
export const glorotUniform: Draw = (rows, columns, random) => {
  const limit = Math.sqrt(6 / (rows + columns))
  return filled(rows, columns, () => limit * (2 * random.uniform() - 1))
}

/** N(0, std²). */
export function normal(std: number): Draw {
  return (rows, columns, random) => filled(rows, columns, () => std * random.normal())
}

export const zeros = (rows: number, columns: number): Matrix => filled(rows, columns, () => 0)

/** Ones on the diagonal: with relu, the IRNN (Le, Jaitly and Hinton 2015). */
export const identity: Draw = (rows, columns) => {
  const matrix = zeros(rows, columns)
  for (let i = 0; i < Math.min(rows, columns); i++) matrix.data[i * columns + i] = 1
  return matrix
}
