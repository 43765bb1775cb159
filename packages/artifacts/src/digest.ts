import { createHash } from 'node:crypto'
import type { StoredArtifact } from './artifacts.ts'

/** Hex digest of bytes. */
export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

/** Yields bytes unchanged while it counts and hashes them. */
export class Digest {
  readonly #hash = createHash('sha256')
  #bytes = 0
  /** Whether the source failed, as opposed to the consumer of the bytes. */
  sourceFailed = false

  async *of(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    try {
      for await (const chunk of source) {
        this.#hash.update(chunk)
        this.#bytes += chunk.byteLength
        yield chunk
      }
    } catch (error) {
      this.sourceFailed = true
      throw error
    }
  }

  result(): StoredArtifact {
    return { bytes: this.#bytes, sha256: this.#hash.digest('hex') }
  }
}
