import type { SampleSequence, SequenceSchema } from '@unroll/contract'
import { isList } from './columns/column.ts'
import { Faults } from './faults.ts'
import { FORMATS } from './formats.ts'
import { inferPlan } from './inference.ts'
import { NumberRows, copyNumbers } from './number_rows.ts'
import type { IngestOptions } from './options.ts'
import type { RawSequence } from './raw_sequence.ts'
import type { Opened } from './readers/reader.ts'
import { SequenceTable } from './sequence_table.ts'

/** Sequences that decide what the fields are, unless so many bytes or values come first: a file is all there before it is read. */
const SAMPLE_SEQUENCES = 1000
const SAMPLE_BYTES = 8 * 2 ** 20
const SAMPLE_VALUES = 2 ** 20

/** What was found in an upload. */
export interface Ingested {
  schema: SequenceSchema
  /** Of its first sequences. */
  samples: SampleSequence[]
}

/**
 * Reads an upload once, as it comes, and gives the Arrow IPC file that it is kept as.
 *
 * @returns the bytes of the file, and at their end what was found
 * @throws {UnrollError} DATASET_INVALID, with the first 100 faults; DATASET_EMPTY
 */
export async function* ingest(
  source: AsyncIterable<Uint8Array>,
  options: IngestOptions,
): AsyncGenerator<Uint8Array, Ingested> {
  const upload = new Counted(source)
  const faults = new Faults()
  const opened = await FORMATS[options.format].read(upload.bytes(), { options, faults })
  const sequences = opened.sequences[Symbol.asyncIterator]()
  try {
    const { first, isDone } = await readFirst(sequences, upload)
    const table = openTable(first, opened, { options, faults })
    yield* written(table, first)
    for (let next = isDone ? undefined : await sequences.next(); next?.done === false; next = await sequences.next())
      yield* written(table, next.value)
    const { bytes, schema, samples } = table.end()
    yield* bytes
    return { schema, samples }
  } finally {
    await sequences.return?.()
  }
}

function* written(table: SequenceTable, sequences: readonly RawSequence[]): Generator<Uint8Array> {
  for (const sequence of sequences) {
    const bytes = table.add(sequence)
    if (bytes !== undefined) yield bytes
  }
}

function openTable(
  sequences: readonly RawSequence[],
  { rules, isLong }: Opened,
  { options, faults }: { options: IngestOptions; faults: Faults },
): SequenceTable {
  if (sequences.length === 0) {
    faults.refuseAny()
    faults.end({ place: { line: 1 }, field: '', wanted: 'Must have at least one sequence' })
  }
  const plan = inferPlan({ sequences, rules, isLong }, options, faults)
  return new SequenceTable(plan, rules, faults, options.ignore)
}

async function readFirst(
  batches: AsyncIterator<RawSequence[]>,
  upload: Counted,
): Promise<{ first: RawSequence[]; isDone: boolean }> {
  const first: RawSequence[] = []
  const mostCount = upload.count + SAMPLE_BYTES
  let values = 0
  while (first.length < SAMPLE_SEQUENCES && upload.count < mostCount && values < SAMPLE_VALUES) {
    const next = await batches.next()
    if (next.done === true) return { first, isDone: true }
    for (const sequence of next.value) {
      first.push(keepSequence(sequence))
      values += countValues(sequence)
    }
  }
  return { first, isDone: false }
}

/** A sequence that stays as it is while others are read. */
function keepSequence(sequence: RawSequence): RawSequence {
  const values = Object.entries(sequence.values).map(([name, value]) => [name, copyNumbers(value)] as const)
  return { values: Object.fromEntries(values), findPlace: (name, path) => sequence.findPlace(name, path) }
}

/** About its numbers and texts: of a list in lists, its lists. */
function countValues({ values }: RawSequence): number {
  return Object.values(values).reduce<number>((sum, value) => {
    if (value instanceof NumberRows) return sum + value.numbers.length
    return sum + (isList(value) ? value.length : 1)
  }, 0)
}

/** The bytes of an upload, counted as they pass. */
class Counted {
  readonly #source: AsyncIterable<Uint8Array>
  count = 0

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#source = source
  }

  async *bytes(): AsyncGenerator<Uint8Array> {
    for await (const chunk of this.#source) {
      this.count += chunk.byteLength
      yield chunk
    }
  }
}
