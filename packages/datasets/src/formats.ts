import type { DatasetFormat } from '@unroll/contract'
import { delimitedReader } from './readers/delimited.ts'
import { readJsonl } from './readers/jsonl.ts'
import type { StreamReader } from './readers/reader.ts'

/** A format that sequences are uploaded in. */
export interface Format {
  mediaTypes: readonly string[]
  /** Ends of the names of such files. */
  extensions: readonly string[]
  read: StreamReader
}

/** Every format of sequences. */
export const FORMATS: Readonly<Partial<Record<DatasetFormat, Format>>> = {
  jsonl: {
    mediaTypes: ['application/jsonl', 'application/x-ndjson'],
    extensions: ['.jsonl', '.ndjson'],
    read: readJsonl,
  },
  csv: { mediaTypes: ['text/csv'], extensions: ['.csv'], read: delimitedReader() },
  tsv: { mediaTypes: ['text/tab-separated-values'], extensions: ['.tsv'], read: delimitedReader('\t') },
}

/** @throws {RangeError} for a format that has no sequences */
export function formatNamed(name: DatasetFormat): Format {
  const format = FORMATS[name]
  if (format === undefined) throw new RangeError(`Cannot read sequences of format "${name}"`)
  return format
}
