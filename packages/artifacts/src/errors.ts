export class ArtifactNotFoundError extends Error {
  override readonly name = 'ArtifactNotFoundError'
  readonly key: string

  constructor(key: string, options?: ErrorOptions) {
    super(`Cannot read artifact "${key}" as there is none of that key`, options)
    this.key = key
  }
}

/** A part of a checkpoint is missing or differs from what was written; `cause` has the details. */
export class CheckpointCorruptError extends Error {
  override readonly name = 'CheckpointCorruptError'
  readonly id: string

  constructor(id: string, why: string, options?: ErrorOptions) {
    super(`Cannot read checkpoint "${id}": ${why}`, options)
    this.id = id
  }
}

/** An artifact cannot be read now, although it may exist; `cause` has the reason. */
export class ArtifactReadError extends Error {
  override readonly name = 'ArtifactReadError'
  readonly key: string
  /** The message without its cause, which may name internal locations. */
  readonly summary: string

  constructor(key: string, cause: unknown) {
    const summary = `Cannot read artifact "${key}"`
    super(`${summary}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause })
    this.key = key
    this.summary = summary
  }
}

/** The artifact store accepted no more bytes; `cause` has the reason. */
export class ArtifactWriteError extends Error {
  override readonly name = 'ArtifactWriteError'
  readonly key: string
  /** The message without its cause, which may name internal locations. */
  readonly summary: string

  constructor(key: string, cause: unknown) {
    const summary = `Cannot write artifact "${key}"`
    super(`${summary}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause })
    this.key = key
    this.summary = summary
  }
}
