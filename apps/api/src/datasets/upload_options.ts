import { UPLOAD_OPTIONS, UnrollError, type DatasetFormat, type UploadOptions } from '@unroll/contract'
import type { IngestOptions } from '@unroll/datasets'

/**
 * How sequences are to be read; undefined for a text, of which nothing is to be said.
 *
 * @param query of the upload, which has other fields as well
 * @throws {UnrollError} INVALID_REQUEST, where something is said of a text
 */
export function parseOptions(format: DatasetFormat, query: UploadOptions): IngestOptions | undefined {
  const given = Object.entries(query).filter(([name]) => Object.hasOwn(UPLOAD_OPTIONS, name))
  if (format !== 'text') return { format, ...(Object.fromEntries(given) as UploadOptions) }
  const faults = given.map(([name, value]) => ({ pointer: name, detail: 'Must be left out for a text', value }))
  if (faults.length > 0) throw new UnrollError('INVALID_REQUEST', 'Cannot read a text as told', { faults })
  return undefined
}
