/** Formats that data sets are uploaded in, by the names that records have. */
export const DATASET_FORMATS = ['text', 'jsonl', 'csv', 'tsv', 'arrow', 'parquet', 'npy', 'npz', 'ts'] as const
export type DatasetFormat = (typeof DATASET_FORMATS)[number]

/** How an upload says which format it has. */
export interface FormatNames {
  readonly mediaTypes: readonly string[]
  /** Ends of the names of such files. */
  readonly extensions: readonly string[]
  /** Whether the first lines of such a file are a file of their own. */
  readonly isLines: boolean
}

/** Media types and ends of names of every format. The first media type is the one to use. */
export const FORMAT_NAMES: Readonly<Record<DatasetFormat, FormatNames>> = {
  text: { mediaTypes: ['text/plain'], extensions: ['.txt', '.text', '.md'], isLines: true },
  jsonl: {
    mediaTypes: ['application/jsonl', 'application/x-ndjson'],
    extensions: ['.jsonl', '.ndjson'],
    isLines: true,
  },
  csv: { mediaTypes: ['text/csv'], extensions: ['.csv'], isLines: true },
  tsv: { mediaTypes: ['text/tab-separated-values'], extensions: ['.tsv'], isLines: true },
  arrow: {
    mediaTypes: ['application/vnd.apache.arrow.file', 'application/vnd.apache.arrow.stream'],
    extensions: ['.arrow', '.feather', '.ipc', '.arrows'],
    isLines: false,
  },
  parquet: {
    mediaTypes: ['application/vnd.apache.parquet'],
    extensions: ['.parquet', '.pq'],
    isLines: false,
  },
  npy: { mediaTypes: ['application/x-npy'], extensions: ['.npy'], isLines: false },
  npz: { mediaTypes: ['application/x-npz'], extensions: ['.npz'], isLines: false },
  ts: { mediaTypes: ['text/x-ts'], extensions: ['.ts'], isLines: true },
}

/** The format that the end of a name tells; undefined where it tells none. */
export function formatOfName(name: string): DatasetFormat | undefined {
  const [extension = ''] = /\.[^./\\]+$/.exec(name.toLowerCase()) ?? []
  return DATASET_FORMATS.find((format) => FORMAT_NAMES[format].extensions.includes(extension))
}
