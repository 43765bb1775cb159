/** What is known of an artifact. */
export interface ArtifactHead {
  bytes: number
}

/** An artifact in a listing. */
export interface ListedArtifact extends ArtifactHead {
  key: string
  /** When it was written, in milliseconds since 1970, by the clock of where it is kept (`readClock`), maybe to the second. */
  writtenAt: number
}

/** What was written. */
export interface StoredArtifact extends ArtifactHead {
  /** Hex digest of the bytes. */
  sha256: string
}

/**
 * Bytes by key: data sets, checkpoints and segments of metrics. A key is a path of names, such as `datasets/ds_…`.
 *
 * Readers see an artifact whole or not at all, whatever happens to its writer.
 */
export interface Artifacts {
  /**
   * Stores what `source` gives, in place of what the key held.
   *
   * @throws what `source` throws, with nothing stored
   * @throws {ArtifactWriteError} when the bytes cannot be kept, with nothing stored
   */
  put(key: string, source: AsyncIterable<Uint8Array>): Promise<StoredArtifact>
  /**
   * The bytes, from the first to the last.
   *
   * @throws {ArtifactNotFoundError}
   * @throws {ArtifactReadError} when they cannot be read now, before the first or after any
   */
  get(key: string): Promise<AsyncIterable<Uint8Array>>
  /** Undefined where the key holds nothing. */
  head(key: string): Promise<ArtifactHead | undefined>
  /** Does nothing where the key holds nothing. */
  delete(key: string): Promise<void>
  /**
   * Every artifact whose key lies below `prefix`, a path of whole names: `a/b` finds `a/b/c` and `a/b/c/d`, but neither
   * `a/b` nor `a/bc`. In no particular order. What is put or deleted meanwhile may be listed or not.
   */
  list(prefix: string): AsyncIterable<ListedArtifact>
}
