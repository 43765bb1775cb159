import { FORMAT_NAMES, type DatasetFormat, type FormatNames } from '@unroll/contract'
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
export interface Format extends FormatNames {
  read: StreamReader
}

/** Every format of sequences. */
export const FORMATS: Readonly<Record<Exclude<DatasetFormat, 'text'>, Format>> = {
  jsonl: { ...FORMAT_NAMES.jsonl, read: readJsonl },
  csv: { ...FORMAT_NAMES.csv, read: delimitedReader() },
  tsv: { ...FORMAT_NAMES.tsv, read: delimitedReader('\t') },
  arrow: { ...FORMAT_NAMES.arrow, read: spooled('Arrow IPC', readArrow) },
  parquet: { ...FORMAT_NAMES.parquet, read: spooled('Parquet', readParquet) },
  npy: { ...FORMAT_NAMES.npy, read: spooled('an array of NumPy', readNpy) },
  npz: { ...FORMAT_NAMES.npz, read: spooled('an archive of NumPy', readNpz) },
  ts: { ...FORMAT_NAMES.ts, read: readTs },
}
