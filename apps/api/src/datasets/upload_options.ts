import { TEXT_OPTIONS, UPLOAD_OPTIONS, UnrollError, type DatasetFormat, type UploadOptions } from '@unroll/contract'
import type { IngestOptions, TextOptions } from '@unroll/datasets'

/**
 * How an upload is to be read.
 *
 * @param query of the upload, which has other fields as well
 * @throws {UnrollError} INVALID_REQUEST, where something is said of a text that is said of sequences, or the other way round
 */
export function parseOptions(format: DatasetFormat, query: UploadOptions): IngestOptions | TextOptions {
  const [own, others] = format === 'text' ? [TEXT_OPTIONS, UPLOAD_OPTIONS] : [UPLOAD_OPTIONS, TEXT_OPTIONS]
  const what = format === 'text' ? 'a text' : 'sequences'
  const faults = pick(query, others).map(([name, value]) => ({
    pointer: name,
    detail: `Must be left out for ${what}`,
    value,
  }))
  if (faults.length > 0) throw new UnrollError('INVALID_REQUEST', `Cannot read ${what} as told`, { faults })
  const options = Object.fromEntries(pick(query, own)) as UploadOptions
  return format === 'text' ? { format, unit: options.unit ?? 'character' } : { format, ...options }
}

function pick(query: UploadOptions, options: object): [name: string, value: unknown][] {
  return Object.entries(query).filter(([name]) => Object.hasOwn(options, name))
}
