import type { MatMulOptions, Ops } from '@unroll/bptt'
import type { Memory, Values } from './memory.ts'
import { matrixShape } from '../shape.ts'

/** One operand of a product, read by row and column whichever way it is stored. */
interface Operand {
  readonly values: Values
  readonly rows: number
  readonly columns: number
  readonly rowStride: number
  readonly columnStride: number
}

export function products<X>(memory: Memory<X>): Pick<Ops<X>, 'matMul' | 'sum' | 'sumRows' | 'rowMeans'> {
  const operand = (x: X, transposed = false): Operand => {
    const [rows, columns] = matrixShape(memory.shape(x))
    const values = memory.values(x)
    return transposed
      ? { values, rows: columns, columns: rows, rowStride: 1, columnStride: columns }
      : { values, rows, columns, rowStride: columns, columnStride: 1 }
  }
  const matMul = (a: X, b: X, { transposeA, transposeB }: MatMulOptions = {}): X => {
    const { rows } = operand(a, transposeA)
    const { columns } = operand(b, transposeB)
    const product = memory.create([rows, columns])
    multiply(operand(a, transposeA), operand(b, transposeB), memory.values(product))
    return product
  }
  return {
    matMul,
    sum: (x) => {
      const total = memory.create([])
      memory.values(total)[0] = addUp(memory.values(x))
      return total
    },
    sumRows: (x) => {
      const [rows, columns] = matrixShape(memory.shape(x))
      const sums = memory.create([columns])
      const [from, to] = [memory.values(x), memory.values(sums)]
      const totals = new Float64Array(columns)
      for (let r = 0; r < rows; r++) for (let c = 0; c < columns; c++) totals[c]! += from[r * columns + c]!
      to.set(totals)
      return sums
    },
    rowMeans: (x) => {
      const [rows, columns] = matrixShape(memory.shape(x))
      const means = memory.create([rows, 1])
      const [from, to] = [memory.values(x), memory.values(means)]
      for (let r = 0; r < rows; r++) to[r] = addUp(from.subarray(r * columns, (r + 1) * columns)) / columns
      return means
    },
  }
}

function multiply(a: Operand, b: Operand, product: Values): void {
  if (a.columns !== b.rows) {
    throw new TypeError(
      `Cannot multiply matrices as the inner sizes must match: current values are ${a.columns} and ${b.rows}`,
    )
  }
  for (let r = 0; r < a.rows; r++) {
    for (let c = 0; c < b.columns; c++) {
      let sum = 0
      for (let k = 0; k < a.columns; k++) {
        sum += a.values[r * a.rowStride + k * a.columnStride]! * b.values[k * b.rowStride + c * b.columnStride]!
      }
      product[r * b.columns + c] = sum
    }
  }
}

function addUp(values: Values): number {
  let sum = 0
  for (let i = 0; i < values.length; i++) sum += values[i]!
  return sum
}
