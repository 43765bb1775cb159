import { extname } from 'node:path'
import { UnrollError, type DatasetFormat } from '@unroll/contract'
import { FORMATS } from '@unroll/datasets'

const TEXT = { mediaTypes: ['text/plain'], extensions: ['.txt', '.text', '.md'] }
const TABLE: Readonly<Record<string, { mediaTypes: readonly string[]; extensions: readonly string[] }>> = {
  text: TEXT,
  ...FORMATS,
}

/** What says nothing of its format: the name does. */
const BYTES = 'application/octet-stream'

/** What uploads may be called. */
export const UPLOAD_MEDIA_TYPES: readonly string[] = [
  ...Object.values(TABLE).flatMap(({ mediaTypes }) => mediaTypes),
  BYTES,
]

/**
 * The format of an upload: by its media type, or by the end of its name where that says nothing.
 *
 * @throws {UnrollError} UNSUPPORTED_MEDIA_TYPE, where neither tells, or the name of a text says that it is none
 */
export function chooseFormat(contentType: string, name: string | undefined): DatasetFormat {
  const [mediaType = ''] = contentType.toLowerCase().split(';', 1)
  const named = formatOfName(name)
  const typed = formatWith(({ mediaTypes }) => mediaTypes.includes(mediaType.trim()))
  if (typed === 'text' && named !== undefined && named !== 'text') throw noText(named, name)
  const format = typed ?? named
  if (format === undefined) throw untold(name)
  return format
}

function formatOfName(name: string | undefined): DatasetFormat | undefined {
  const extension = extname(name ?? '').toLowerCase()
  return extension === '' ? undefined : formatWith(({ extensions }) => extensions.includes(extension))
}

function formatWith(isIt: (format: (typeof TABLE)[string]) => boolean): DatasetFormat | undefined {
  return Object.entries(TABLE).find(([, format]) => isIt(format))?.[0] as DatasetFormat | undefined
}

/** As characters, its commas and braces would be learned. */
function noText(format: Exclude<DatasetFormat, 'text'>, name: string | undefined): UnrollError {
  const [wanted] = FORMATS[format].mediaTypes
  const detail = `Must be ${wanted} for a file of that name: as text/plain its characters would be learned`
  return new UnrollError('UNSUPPORTED_MEDIA_TYPE', `Cannot store "${name}" as a text`, {
    faults: [{ pointer: 'content-type', detail, value: 'text/plain' }],
  })
}

function untold(name: string | undefined): UnrollError {
  const extensions = Object.values(TABLE).flatMap((format) => format.extensions)
  const came = name === undefined ? 'there is no name' : `current value is ${JSON.stringify(name)}`
  const detail = `Must end in ${extensions.join(', ')} where the media type is ${BYTES}: ${came}`
  return new UnrollError('UNSUPPORTED_MEDIA_TYPE', 'Cannot tell the format of the data set', {
    faults: [{ pointer: 'name', detail, ...(name !== undefined && { value: name }) }],
  })
}
