import type { FileHandle } from 'node:fs/promises'
import type { RawSequence, RawSequences } from '../raw_sequence.ts'
import { openNpy, readRows, type ElementType, type NpyArray } from './npy_array.ts'
import { TYPED, type Opened } from './reader.ts'

/** Bytes that are read at once. */
const BLOCK_BYTES = 4 * 2 ** 20

/** An array of NumPy: [n, T], or [n, T, X] with X numbers at each step. */
export async function readNpy(file: FileHandle): Promise<Opened> {
  return openArrays(new Map([['inputs', await openNpy(file)]]))
}

/**
 * The sequences of arrays that have one for each in their first dimension.
 *
 * @param arrays by the names of fields; `lengths` has the steps of each sequence, where others are padded
 */
export async function openArrays(arrays: ReadonlyMap<string, NpyArray>): Promise<Opened> {
  const inputs = arrays.get('inputs')
  if (inputs === undefined) throw new Error('it has no array called x, X or inputs')
  const { shape } = inputs
  if (shape.length < 2 || shape.length > 3)
    throw new Error(`its shape is (${shape.join(', ')}); it must be (sequences, steps) or (sequences, steps, features)`)
  const [count = 0] = shape
  for (const [name, array] of arrays) {
    if (array.shape[0] !== count)
      throw new Error(`its array "${name}" has ${array.shape[0] ?? 'no'} rows, and that of the inputs ${count}`)
    if (count * perRow(array.shape) * array.type.bytes === 0) throw new Error(`its array "${name}" has no elements`)
  }
  const lengths = await readLengths(arrays.get('lengths'), shape)
  const fields = new Map(Array.from(arrays).filter(([name]) => name !== 'lengths'))
  return { sequences: readSequences(fields, shape, lengths), rules: TYPED, isLong: false }
}

async function readLengths(
  array: NpyArray | undefined,
  [count = 0, steps = 0]: readonly number[],
): Promise<number[] | undefined> {
  if (array === undefined) return undefined
  const view = await readRows(array, 0, count)
  return Array.from({ length: count }, (_, row) => {
    const length = Number(array.type.read(view, row * array.type.bytes, array.type.isLittle))
    if (Number.isInteger(length) && length >= 1 && length <= steps) return length
    throw new Error(`its array "lengths" has ${length} in row ${row + 1}; it must have integers from 1 to ${steps}`)
  })
}

async function* readSequences(
  fields: ReadonlyMap<string, NpyArray>,
  [count = 0, steps = 0]: readonly number[],
  lengths: readonly number[] | undefined,
): RawSequences {
  const largest = Math.max(...Array.from(fields.values(), ({ shape, type }) => perRow(shape) * type.bytes), 1)
  const rows = Math.max(1, Math.floor(BLOCK_BYTES / largest))
  for (let from = 0; from < count; from += rows) {
    const to = Math.min(count, from + rows)
    const blocks = new Map<string, (string | number)[] | Float64Array>()
    for (const [name, array] of fields) blocks.set(name, listElements(await readRows(array, from, to), array.type))
    yield Array.from({ length: to - from }, (_, row): RawSequence => {
      const values: Record<string, unknown> = {}
      for (const [name, { shape }] of fields)
        values[name] = toCell(blocks.get(name) ?? [], shape, row, { steps, length: lengths?.[from + row] ?? steps })
      return { values, findPlace: (_name, path) => findPlace(from + row + 1, path) }
    })
  }
}

function perRow([, ...sizes]: readonly number[]): number {
  return sizes.reduce((product, size) => product * size, 1)
}

function listElements(
  view: DataView,
  { bytes, isLittle, isText, read }: ElementType,
): (string | number)[] | Float64Array {
  const count = bytes === 0 ? 0 : view.byteLength / bytes
  if (isText) return Array.from({ length: count }, (_, at) => read(view, at * bytes, isLittle))
  const numbers = new Float64Array(count)
  for (let at = 0; at < count; at++) numbers[at] = read(view, at * bytes, isLittle) as number
  return numbers
}

/** The value of a row: one, or a list of as many steps as the sequence has where the array has them all. */
function toCell(
  block: (string | number)[] | Float64Array,
  shape: readonly number[],
  row: number,
  { steps, length }: { steps: number; length: number },
): unknown {
  const [, size = 1, width] = shape
  if (shape.length === 1) return block[row]
  const each = perRow(shape)
  const rows = size === steps ? length : size
  if (width === undefined) return block.slice(row * each, row * each + rows)
  return Array.from({ length: rows }, (_, step) =>
    block.slice(row * each + step * width, row * each + (step + 1) * width),
  )
}

function findPlace(line: number, [step]: readonly number[]): { line: number; column?: number } {
  return { line, ...(step !== undefined && { column: step + 1 }) }
}
