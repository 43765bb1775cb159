const ABSENT = 404
/** What another try may cure: too many requests, and all that the service calls its own fault. */
const PASSING = (status: number): boolean => status === 408 || status === 429 || status >= 500

/** What an S3 service refused, or that it was not reached, which is status 0. */
export class S3Error extends Error {
  override readonly name = 'S3Error'
  /** HTTP status. */
  readonly status: number
  /** The service's own name of it, such as `NoSuchKey`; '' where it gave none. */
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

  /** True when the service has no object of that key, and not for want of a bucket. */
  get isAbsent(): boolean {
    return this.status === ABSENT && this.code !== 'NoSuchBucket'
  }
}

export function isAbsent(error: unknown): boolean {
  return error instanceof S3Error && error.isAbsent
}
