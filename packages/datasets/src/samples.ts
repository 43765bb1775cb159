import type { DatasetField, SampleSequence } from '@unroll/contract'
import { Message, type Schema } from 'apache-arrow'
import type { ColumnValues } from './arrow/batch.ts'
import { SAMPLES } from './arrow/layout.ts'

/** Sequences that are shown of a data set. */
const SHOWN_SEQUENCES = 10
/** Steps that are shown of a sequence, where they have few numbers. */
const SHOWN_STEPS = 100
const SHOWN_NUMBERS = 2000
/** What stands before the schema in a file: magic bytes; and before every message: a mark and its length. */
const MAGIC_BYTES = 8
const PREFIX_BYTES = 8
const MOST_SCHEMA_BYTES = 64 * 2 ** 20

interface SampledColumn {
  plan: Pick<DatasetField, 'name' | 'per' | 'width'>
  values: ColumnValues
  /** Of categories, by id. */
  names: readonly string[]
}

/** The first sequences of a batch. @param offsets where each starts among its steps */
export function takeSamples(columns: readonly SampledColumn[], offsets: Int32Array): SampleSequence[] {
  const count = Math.min(SHOWN_SEQUENCES, offsets.length - 1)
  return Array.from({ length: count }, (_, index) => {
    const [start = 0, end = 0] = offsets.subarray(index)
    const values = columns.map((column) => [column.plan.name, showSample(column, index, start, end)] as const)
    return { index, length: end - start, values: Object.fromEntries(values) }
  })
}

function showSample(
  { plan: { per, width }, values, names }: SampledColumn,
  index: number,
  start: number,
  end: number,
): unknown {
  const showRow = (row: number) => {
    if (width === 1) return plain(values[row], values, names)
    return Array.from({ length: width }, (_, at) => plain(values[row * width + at], values, names))
  }
  if (per === 'sequence') return showRow(index)
  const steps = Math.min(end - start, SHOWN_STEPS, Math.max(1, Math.floor(SHOWN_NUMBERS / width)))
  return Array.from({ length: steps }, (_, step) => showRow(start + step))
}

function plain(value: unknown, values: ColumnValues, names: readonly string[]): unknown {
  if (values instanceof Int32Array) return names[value as number] ?? null
  return Number.isNaN(value) ? null : (value ?? null)
}

/**
 * The samples that a stored data set begins with; only the start of its bytes is read.
 *
 * @throws {RangeError} when they are no data set's
 */
export async function readSamples(source: AsyncIterable<Uint8Array>): Promise<SampleSequence[]> {
  let bytes = Buffer.alloc(0)
  for await (const chunk of source) {
    bytes = Buffer.concat([bytes, chunk])
    if (bytes.length < MAGIC_BYTES + PREFIX_BYTES) continue
    const length = bytes.readInt32LE(MAGIC_BYTES + 4)
    if (length < 0 || length > MOST_SCHEMA_BYTES) break
    const start = MAGIC_BYTES + PREFIX_BYTES
    if (bytes.length < start + length) continue
    const { metadata } = Message.decode(bytes.subarray(start, start + length)).header() as unknown as Schema
    return JSON.parse(metadata.get(SAMPLES) ?? '[]') as SampleSequence[]
  }
  throw new RangeError('Cannot show sequences of what does not begin as an Arrow file')
}
