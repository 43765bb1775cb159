import { random } from '@unroll/random'
import type { Matrix } from './matrices.ts'

/** Products of one estimate; bounded in work for large matrices. */
const PRODUCTS = { most: 2000, least: 100, work: 2e9 }

/**
 * The largest magnitude of an eigenvalue, to about 0.1 %: how fast A^k v grows, measured over the second half of k steps,
 * which also holds for a complex pair.
 */
export function spectralRadius(matrix: Matrix): number {
  const { rows: size } = matrix
  const products = Math.max(PRODUCTS.least, Math.min(PRODUCTS.most, Math.round(PRODUCTS.work / size ** 2)))
  const draw = random(0, 'spectral_radius')
  let vector = Float64Array.from({ length: size }, () => draw.normal())
  let logGrowth = 0
  const half = Math.floor(products / 2)
  for (let k = 0; k < products; k++) {
    vector = product(matrix, vector)
    const length = Math.sqrt(vector.reduce((sum, element) => sum + element * element, 0))
    if (length === 0) return 0
    for (let i = 0; i < size; i++) vector[i]! /= length
    if (k >= half) logGrowth += Math.log(length)
  }
  return Math.exp(logGrowth / (products - half))
}

/** The matrix scaled so that its largest eigenvalue has the given magnitude; unchanged when all are 0. */
export function scaledTo(radius: number, matrix: Matrix): Matrix {
  const current = spectralRadius(matrix)
  if (current === 0) return matrix
  return { ...matrix, data: matrix.data.map((element) => (element * radius) / current) }
}

function product({ rows, columns, data }: Matrix, vector: Float64Array): Float64Array<ArrayBuffer> {
  const result = new Float64Array(rows)
  for (let i = 0; i < rows; i++) {
    let sum = 0
    for (let k = 0; k < columns; k++) sum += data[i * columns + k]! * vector[k]!
    result[i] = sum
  }
  return result
}
