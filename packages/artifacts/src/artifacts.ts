/** Facts of an artifact. */
export interface ArtifactHead {
  bytes: number
}

/** An artifact in a listing. */
export interface ListedArtifact extends ArtifactHead {
  key: string
  /**
   * Time of writing in milliseconds since 1970, by the clock of the artifact store (`readClock`), possibly rounded to
   * seconds.
   */
  writtenAt: number
}

/**
 * Bytes by key: data sets, checkpoints and segments of metrics. A key is a path of names, such as `datasets/ds_…`.
 * Readers see a whole artifact or none, whatever happens to its writer.
 */
export interface Artifacts {
  /**
   * Stores the bytes of `source` and replaces those of the key.
   *
   * @throws the error of `source`, with nothing stored
   * @throws {ArtifactWriteError} when the bytes cannot be stored, with nothing stored
   */
  put(key: string, source: AsyncIterable<Uint8Array>): Promise<ArtifactHead>
  /**
   * The bytes in order.
   *
   * @throws {ArtifactNotFoundError}
   * @throws {ArtifactReadError} when they cannot be read now, before the first or after any
   */
  get(key: string): Promise<AsyncIterable<Uint8Array>>
  /** Undefined for a key without an artifact. */
  head(key: string): Promise<ArtifactHead | undefined>
  /** Does nothing for a key without an artifact. */
  delete(key: string): Promise<void>
  /**
   * Every artifact with a key below `prefix`, a path of whole names: `a/b` finds `a/b/c` and `a/b/c/d`, but neither
   * `a/b` nor `a/bc`. The order is undefined. Artifacts that are written or deleted meanwhile may be listed or not.
   */
  list(prefix: string): AsyncIterable<ListedArtifact>
}
