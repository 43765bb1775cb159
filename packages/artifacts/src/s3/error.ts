const ABSENT = 404
/** Statuses that a retry may cure: too many requests, and faults of the service. */
const PASSING = (status: number): boolean => status === 408 || status === 429 || status >= 500

/** A refusal of an S3 service, or, with status 0, an unreachable service. */
export class S3Error extends Error {
  override readonly name = 'S3Error'
  /** HTTP status. */
  readonly status: number
  /** The service's own name of the error, such as `NoSuchKey`; '' without one. */
  readonly code: string

  constructor(action: string, { status, code, why }: { status: number; code: string; why: string }, cause?: unknown) {
    const answer = [status === 0 ? '' : status, code].filter(Boolean).join(' ')
    super(`Cannot ${action}: ${[answer, why].filter(Boolean).join(': ')}`, { cause })
    this.status = status
    this.code = code
  }

  get isPassing(): boolean {
    return this.status === 0 || PASSING(this.status)
  }

  /** Whether the service has no object of that key although the bucket exists. */
  get isAbsent(): boolean {
    return this.status === ABSENT && this.code !== 'NoSuchBucket'
  }
}

export function isAbsent(error: unknown): boolean {
  return error instanceof S3Error && error.isAbsent
}
