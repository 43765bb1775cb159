import { UnrollError } from '@unroll/contract'

/**
 * Passes the bytes of an upload on.
 *
 * @throws {UnrollError} DATASET_TOO_LARGE, once there are more than `maxBytes`; DATASET_EMPTY, when there were none
 */
export async function* bounded(source: AsyncIterable<Uint8Array>, maxBytes: number): AsyncGenerator<Uint8Array> {
  let bytes = 0
  for await (const chunk of source) {
    bytes += chunk.byteLength
    if (bytes > maxBytes) throw tooLarge(maxBytes)
    yield chunk
  }
  if (bytes === 0) throw empty()
}

/** @throws {UnrollError} DATASET_TOO_LARGE, when the announced size is over the limit */
export function refuseAnnouncedSize(contentLength: string | undefined, maxBytes: number): void {
  if (Number(contentLength ?? 0) > maxBytes) throw tooLarge(maxBytes, Number(contentLength))
}

function tooLarge(maxBytes: number, bytes?: number): UnrollError {
  const size = bytes === undefined ? 'it is larger' : `it has ${bytes}`
  return new UnrollError('DATASET_TOO_LARGE', `Cannot store the data set: it must have at most ${maxBytes} bytes`, {
    faults: [{ pointer: '', detail: `Must have at most ${maxBytes} bytes: ${size}` }],
  })
}

function empty(): UnrollError {
  return new UnrollError('DATASET_EMPTY', 'Cannot store the data set as it is empty', {
    faults: [{ pointer: '', detail: 'Must have at least one character, or one sequence: it has 0 bytes' }],
  })
}
