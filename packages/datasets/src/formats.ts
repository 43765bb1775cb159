import type { DatasetFormat } from '@unroll/contract'
import { readArrow } from './readers/arrow.ts'
import { delimitedReader } from './readers/delimited.ts'
import { readJsonl } from './readers/jsonl.ts'
import { readNpy } from './readers/npy.ts'
import { readNpz } from './readers/npz.ts'
import { readParquet } from './readers/parquet.ts'
import type { StreamReader } from './readers/reader.ts'
import { spooled } from './readers/spool.ts'
import { readTs } from './readers/ts.ts'

/** A format that sequences are uploaded in. */
export interface Format {
  mediaTypes: readonly string[]
  /** Ends of the names of such files. */
  extensions: readonly string[]
  read: StreamReader
}

/** Every format of sequences. */
export const FORMATS: Readonly<Record<Exclude<DatasetFormat, 'text'>, Format>> = {
  jsonl: {
    mediaTypes: ['application/jsonl', 'application/x-ndjson'],
    extensions: ['.jsonl', '.ndjson'],
    read: readJsonl,
  },
  csv: { mediaTypes: ['text/csv'], extensions: ['.csv'], read: delimitedReader() },
  tsv: { mediaTypes: ['text/tab-separated-values'], extensions: ['.tsv'], read: delimitedReader('\t') },
  arrow: {
    mediaTypes: ['application/vnd.apache.arrow.file', 'application/vnd.apache.arrow.stream'],
    extensions: ['.arrow', '.feather', '.ipc', '.arrows'],
    read: spooled('Arrow IPC', readArrow),
  },
  parquet: {
    mediaTypes: ['application/vnd.apache.parquet'],
    extensions: ['.parquet', '.pq'],
    read: spooled('Parquet', readParquet),
  },
  npy: { mediaTypes: ['application/x-npy'], extensions: ['.npy'], read: spooled('an array of NumPy', readNpy) },
  npz: { mediaTypes: ['application/x-npz'], extensions: ['.npz'], read: spooled('an archive of NumPy', readNpz) },
  ts: { mediaTypes: ['text/x-ts'], extensions: ['.ts'], read: readTs },
}
