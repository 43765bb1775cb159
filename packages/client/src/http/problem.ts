import type { ErrorCode, Fault, ProblemDetails } from '@unroll/contract'

/** Name of an error in the catalogue of the service; `UNEXPECTED_ANSWER` where something else has answered, such as a proxy. */
export type ProblemCode = ErrorCode | 'UNEXPECTED_ANSWER'

/** An error response (RFC 9457). */
export class UnrollProblem extends Error {
  override readonly name = 'UnrollProblem'
  readonly problem: ProblemDetails
  /** Milliseconds after which the service asks to be tried again (`Retry-After`); undefined where it does not say. */
  readonly retryAfterMs: number | undefined

  constructor(problem: ProblemDetails, retryAfterMs?: number) {
    super(problem.detail)
    this.problem = problem
    this.retryAfterMs = retryAfterMs
  }

  /** HTTP status of the response. */
  get status(): number {
    return this.problem.status
  }

  /** Name of the error in the catalogue, such as `JOB_NOT_FOUND`; a newer service may have one that this client does not know. */
  get code(): ProblemCode {
    return this.problem.code as ProblemCode
  }

  /** Every fault of the request by the JSON Pointer of its field; empty where no field is to blame. */
  get faults(): readonly Fault[] {
    return this.problem.errors ?? []
  }
}

const QUOTED_CHARACTERS = 200

/** The problem of a response; a generic one if a proxy has answered in another format. */
export async function readProblem(response: Response): Promise<UnrollProblem> {
  const text = await response.text()
  if (response.headers.get('content-type')?.startsWith('application/problem+json') === true)
    return new UnrollProblem(JSON.parse(text) as ProblemDetails, readRetryAfter(response))
  const quoted = text.slice(0, QUOTED_CHARACTERS)
  return unexpectedAnswer(response, `Got ${response.status} without a problem description: ${quoted}`)
}

/** The problem of a response that does not come from the service. */
export function unexpectedAnswer(response: Response, detail: string): UnrollProblem {
  const { status, statusText, headers } = response
  const problem = {
    type: 'about:blank',
    title: statusText,
    status,
    detail,
    code: 'UNEXPECTED_ANSWER',
    request_id: headers.get('x-request-id') ?? '',
  }
  return new UnrollProblem(problem, readRetryAfter(response))
}

const SECOND_MS = 1_000

/** `Retry-After` is a number of seconds or a date (RFC 9110, 10.2.3). */
function readRetryAfter({ headers }: Response): number | undefined {
  const text = headers.get('retry-after')?.trim() ?? ''
  if (/^\d+$/.test(text)) return Number(text) * SECOND_MS
  const date = Date.parse(text)
  return Number.isNaN(date) ? undefined : Math.max(0, date - Date.now())
}
