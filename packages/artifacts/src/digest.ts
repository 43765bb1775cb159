import { createHash } from 'node:crypto'

/** What is known of bytes. */
export interface BytesDigest {
  bytes: number
  /** Hex digest. */
  sha256: string
}

/** Hex digest of bytes. */
export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

export function digestBytes(bytes: Uint8Array): BytesDigest {
  return { bytes: bytes.length, sha256: sha256(bytes) }
}

/** Yields bytes unchanged while it counts and hashes them. */
export class Digest {
  readonly #hash = createHash('sha256')
  #bytes = 0

  async *of(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of source) {
      this.#hash.update(chunk)
      this.#bytes += chunk.byteLength
      yield chunk
    }
  }

  result(): BytesDigest {
    return { bytes: this.#bytes, sha256: this.#hash.digest('hex') }
  }
}
