import { DATASET_FORMATS, FORMAT_NAMES, UnrollError, formatOfName, type DatasetFormat } from '@unroll/contract'

/** What says nothing of its format: the name does. */
const BYTES = 'application/octet-stream'

/** What uploads may be called. */
export const UPLOAD_MEDIA_TYPES: readonly string[] = [
  ...Object.values(FORMAT_NAMES).flatMap(({ mediaTypes }) => mediaTypes),
  BYTES,
]

/**
 * The format of an upload: by its media type, or by the end of its name where that says nothing.
 *
 * @throws {UnrollError} UNSUPPORTED_MEDIA_TYPE, where neither tells, or the name of a text says that it is none
 */
export function chooseFormat(contentType: string, name: string | undefined): DatasetFormat {
  const [mediaType = ''] = contentType.toLowerCase().split(';', 1)
  const named = name === undefined ? undefined : formatOfName(name)
  const typed = DATASET_FORMATS.find((format) => FORMAT_NAMES[format].mediaTypes.includes(mediaType.trim()))
  if (typed === 'text' && named !== undefined && named !== 'text') throw noText(named, name)
  const format = typed ?? named
  if (format === undefined) throw untold(name)
  return format
}

/** As characters, its commas and braces would be learned. */
function noText(format: DatasetFormat, name: string | undefined): UnrollError {
  const [wanted] = FORMAT_NAMES[format].mediaTypes
  const detail = `Must be ${wanted} for a file of that name: as text/plain its characters would be learned`
  return new UnrollError('UNSUPPORTED_MEDIA_TYPE', `Cannot store "${name}" as a text`, {
    faults: [{ pointer: 'content-type', detail, value: 'text/plain' }],
  })
}

function untold(name: string | undefined): UnrollError {
  const extensions = Object.values(FORMAT_NAMES).flatMap((format) => format.extensions)
  const came = name === undefined ? 'there is no name' : `current value is ${JSON.stringify(name)}`
  const detail = `Must end in ${extensions.join(', ')} where the media type is ${BYTES}: ${came}`
  return new UnrollError('UNSUPPORTED_MEDIA_TYPE', 'Cannot tell the format of the data set', {
    faults: [{ pointer: 'name', detail, ...(name !== undefined && { value: name }) }],
  })
}
