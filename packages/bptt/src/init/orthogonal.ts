import type { Random } from '@unroll/random'
import { normal, type Matrix } from './matrices.ts'

/** A random matrix with orthonormal rows, of which there are at most as many as columns: those of a normal matrix, made orthonormal one after another (modified Gram-Schmidt). */
export function orthogonal(count: number, size: number, random: Random): Matrix {
  const matrix = normal(1)(count, size, random)
  const rows = Array.from({ length: count }, (_unused, i) => matrix.data.subarray(i * size, (i + 1) * size))
  for (const [i, row] of rows.entries()) {
    for (const done of rows.slice(0, i)) subtract(row, done, dot(row, done))
    const length = Math.sqrt(dot(row, row))
    for (let k = 0; k < size; k++) row[k]! /= length
  }
  return matrix
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0
  for (let k = 0; k < a.length; k++) sum += a[k]! * b[k]!
  return sum
}

function subtract(from: Float64Array, direction: Float64Array, amount: number): void {
  for (let k = 0; k < from.length; k++) from[k]! -= amount * direction[k]!
}
