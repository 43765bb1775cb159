/** The cells of a column in a row group. */
export interface Cells {
  read: (row: number) => unknown
  /** Whether they are numbers and nulls alone, which are kept outside of the heap. */
  isNumeric: boolean
}

/** @param chunks of the cells, one behind the other */
export function keepCells(chunks: readonly ArrayLike<unknown>[], rows: number): Cells {
  const numeric = keepNumbers(chunks, rows)
  if (numeric !== undefined) return numeric
  const [only = [], ...others] = chunks
  const cells = others.length === 0 ? only : chunks.flatMap((chunk) => Array.from(chunk))
  return { read: (row) => cells[row], isNumeric: false }
}

function keepNumbers(chunks: readonly ArrayLike<unknown>[], rows: number): Cells | undefined {
  const numbers = new Float64Array(rows)
  const isMissing = new Uint8Array(rows)
  let row = 0
  for (const chunk of chunks) {
    for (let at = 0; at < chunk.length; at++, row++) {
      const cell = chunk[at]
      if (cell === null || cell === undefined) isMissing[row] = 1
      else if (typeof cell === 'number' || typeof cell === 'bigint') numbers[row] = Number(cell)
      else return undefined
    }
  }
  return { read: (at) => (isMissing[at] === 1 ? null : numbers[at]), isNumeric: true }
}
