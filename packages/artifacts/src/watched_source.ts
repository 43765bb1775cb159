/** Yields bytes unchanged while it counts them, and tells who failed. */
export class WatchedSource {
  bytes = 0
  /** Whether the source failed, as opposed to the consumer of the bytes. */
  hasFailed = false

  async *of(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    try {
      for await (const chunk of source) {
        this.bytes += chunk.byteLength
        yield chunk
      }
    } catch (error) {
      this.hasFailed = true
      throw error
    }
  }
}
