import { UnrollError } from '@unroll/contract'
import type { Refuse } from '@unroll/datasets'
import type { Pace } from '../limits/pace.ts'

/** Passes the bytes of an upload on. @throws what `refuse` gives */
export async function* bounded(
  source: AsyncIterable<Uint8Array>,
  refuse: Refuse,
  pace: Pace,
): AsyncGenerator<Uint8Array> {
  let bytes = 0
  for await (const chunk of source) {
    bytes += chunk.byteLength
    const refusal = refuse(bytes, false)
    if (refusal !== undefined) throw refusal
    await pace(chunk.byteLength)
    yield chunk
  }
  const refusal = refuse(bytes, true)
  if (refusal !== undefined) throw refusal
}

/** DATASET_TOO_LARGE once there are more than `maxBytes`, DATASET_EMPTY when there were none. */
export function refuseSize(maxBytes: number): Refuse {
  return (bytes, hasEnded) => {
    if (bytes > maxBytes) return tooLarge(maxBytes)
    return hasEnded && bytes === 0 ? empty() : undefined
  }
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
