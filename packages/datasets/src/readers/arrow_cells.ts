import { Type, Vector, type Data, type DataType, type Dictionary, type Field, type FixedSizeList } from 'apache-arrow'

/** The value of a row of a column. */
export type ReadCell = (row: number) => unknown

const NUMBERS: ReadonlySet<Type> = new Set([Type.Int, Type.Float])
const LISTS: ReadonlySet<Type> = new Set([Type.List, Type.LargeList, Type.FixedSizeList])

/** Types whose values have ends in a buffer of their own. */
const OFFSETS: ReadonlySet<Type> = new Set([
  Type.List,
  Type.LargeList,
  Type.Map,
  Type.Utf8,
  Type.LargeUtf8,
  Type.Binary,
  Type.LargeBinary,
])

/**
 * How the cells of a column are read: numbers as numbers, lists as lists, null where the validity says that nothing is there,
 * whatever lies in the buffer.
 */
export function cellReader(field: Field, data: Data): ReadCell {
  checkData(data)
  const read = selectReader(data)
  const steps = tensorSteps(field)
  return steps === undefined ? read : (row) => inRows(read(row), steps)
}

/**
 * Checks that each value of a column with values of some length lies behind the one before it and within what there is: else a few rows
 * could have all values again and again.
 *
 * @throws {Error}
 */
function checkData(data: Data): void {
  const { type, length, offset, valueOffsets, values, children, dictionary } = data
  const [child] = children
  if (type.typeId === Type.FixedSizeList && (offset + length) * (type as FixedSizeList).listSize > (child?.length ?? 0))
    throw new Error(`a list has fewer than ${(type as FixedSizeList).listSize} entries a row`)
  if (OFFSETS.has(type.typeId) && length > 0) {
    const end = LISTS.has(type.typeId) || type.typeId === Type.Map ? child?.length : (values as Uint8Array).length
    let before = 0
    for (let at = 0; at <= length; at++) {
      const next = Number(valueOffsets[at]) // NaN where there are too few
      if (!(next >= before && next <= (end ?? 0)))
        throw new Error(`a value of a column ends at ${next}, after ${before} of ${end ?? 0}`)
      before = next
    }
  }
  for (const inner of children) if (inner !== undefined) checkData(inner)
  if (dictionary !== undefined) for (const inner of dictionary.data) checkData(inner)
}

function selectReader(data: Data): ReadCell {
  const { type } = data
  if (NUMBERS.has(type.typeId)) return numberReader(data)
  if (LISTS.has(type.typeId)) return listReader(data)
  const vector = new Vector([data])
  return (row) => toScalar(type, vector.get(row))
}

function numberReader(data: Data): ReadCell {
  const vector = new Vector([data]) // its `get` makes numbers of half floats, which are whole numbers in the buffer
  return (row) => {
    const value = vector.get(row) as number | bigint | null
    return typeof value === 'bigint' ? Number(value) : value
  }
}

function listReader(data: Data): ReadCell {
  const [child] = data.children
  if (child === undefined) return () => null
  const bounds = selectBounds(data)
  const isNumbers = NUMBERS.has(child.type.typeId)
  const read = isNumbers ? undefined : selectReader(child)
  const numbers = isNumbers ? toNumbers(child) : undefined
  return (row) => {
    if (!data.getValid(row)) return null
    const [start, end] = bounds(row)
    if (numbers !== undefined) return numbers.subarray(start, end)
    return Array.from({ length: end - start }, (_, at) => read?.(start + at))
  }
}

/** Where the entries of a row are in the child. */
function selectBounds(data: Data): (row: number) => [number, number] {
  const { valueOffsets, offset } = data
  if (data.type.typeId === Type.FixedSizeList) {
    const { listSize } = data.type as FixedSizeList
    return (row) => [(offset + row) * listSize, (offset + row + 1) * listSize]
  }
  return (row) => [Number(valueOffsets[row]), Number(valueOffsets[row + 1])]
}

/** All numbers of a column, NaN where nothing is there. */
function toNumbers(data: Data): Float64Array {
  const vector = new Vector([data])
  const numbers = new Float64Array(data.length)
  const isPlain = data.nullCount === 0 && data.values instanceof Float64Array
  if (isPlain) return data.values.subarray(0, data.length)
  for (let at = 0; at < data.length; at++) {
    const value = vector.get(at) as number | bigint | null
    numbers[at] = value === null ? NaN : Number(value)
  }
  return numbers
}

function toScalar(type: DataType, value: unknown): unknown {
  if (value === null || value === undefined) return null
  if (type.typeId === Type.Decimal) return toDecimal(value as Uint32Array, (type as DataType & { scale: number }).scale)
  if (type.typeId === Type.Dictionary) return toScalar((type as Dictionary).dictionary, value)
  return typeof value === 'bigint' ? Number(value) : value
}

/** A whole number in words of 32 bits, the lowest first, two's complement, by a power of ten. */
function toDecimal(words: Uint32Array, scale: number): number {
  let whole = 0n
  for (let at = words.length - 1; at >= 0; at--) whole = (whole << 32n) | BigInt(words[at] ?? 0)
  whole = BigInt.asIntN(32 * words.length, whole)
  return Number(whole) / 10 ** scale
}

/** Steps of a tensor that a column has in each row: its first dimension. Arrow stores it flat, its shape in the metadata. */
export function tensorSteps({ metadata }: Pick<Field, 'metadata'>): number | undefined {
  if (metadata.get('ARROW:extension:name') !== 'arrow.fixed_shape_tensor') return undefined
  const { shape = [], permutation } = JSON.parse(metadata.get('ARROW:extension:metadata') ?? '{}') as {
    shape?: number[]
    permutation?: number[]
  }
  if (permutation?.some((dimension, at) => dimension !== at) === true)
    throw new Error('its tensors have permuted dimensions; write them in the order of their memory')
  return shape.length > 1 ? shape[0] : undefined
}

/** A flat list as rows. */
export function inRows(cell: unknown, rows: number): unknown {
  if (!(cell instanceof Float64Array) && !Array.isArray(cell)) return cell
  const width = cell.length / rows
  return Array.from({ length: rows }, (_, row) => cell.slice(row * width, (row + 1) * width))
}
