import type { DatasetFormat, UploadOptions } from '@unroll/contract'

/** What an upload is, and what of it the reader is told instead of finding it out. */
export interface IngestOptions extends UploadOptions {
  format: Exclude<DatasetFormat, 'text'>
  /** Bytes that an archive, or all compressed parts of Arrow or Parquet, may unpack to. @default Infinity */
  maxUnpackedBytes?: number
}
