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

class ArtifactError extends Error {
  readonly key: string
  /** The message without its cause, which may name internal locations. */
  readonly summary: string

  constructor(verb: 'read' | 'write', key: string, cause: unknown) {
    const summary = `Cannot ${verb} artifact "${key}"`
    super(`${summary}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause })
    this.key = key
    this.summary = summary
  }
}

/** An artifact cannot be read now, although it may exist; `cause` has the reason. */
export class ArtifactReadError extends ArtifactError {
  override readonly name = 'ArtifactReadError'

  constructor(key: string, cause: unknown) {
    super('read', key, cause)
  }
}

/** The artifact store accepted no more bytes; `cause` has the reason. */
export class ArtifactWriteError extends ArtifactError {
  override readonly name = 'ArtifactWriteError'

  constructor(key: string, cause: unknown) {
    super('write', key, cause)
  }
}
