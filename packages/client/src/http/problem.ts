import type { ProblemDetails } from '@unroll/contract'

/** An error response (RFC 9457). `problem.errors` names each faulty field. */
export class UnrollProblem extends Error {
  override readonly name = 'UnrollProblem'
  readonly problem: ProblemDetails

  constructor(problem: ProblemDetails) {
    super(problem.detail)
    this.problem = problem
  }

  /** HTTP status of the response. */
  get status(): number {
    return this.problem.status
  }

  /** Name of the error in the catalogue, such as `JOB_NOT_FOUND`. */
  get code(): string {
    return this.problem.code
  }
}

const QUOTED_CHARACTERS = 200

/** The problem of a response; a generic one if a proxy has answered in another format. */
export async function readProblem(response: Response): Promise<UnrollProblem> {
  const text = await response.text()
  if (response.headers.get('content-type')?.startsWith('application/problem+json') === true)
    return new UnrollProblem(JSON.parse(text) as ProblemDetails)
  const quoted = text.slice(0, QUOTED_CHARACTERS)
  return unexpectedAnswer(response, `Got ${response.status} without a problem description: ${quoted}`)
}

/** The problem of a response that does not come from the service. */
export function unexpectedAnswer({ status, statusText, headers }: Response, detail: string): UnrollProblem {
  return new UnrollProblem({
    type: 'about:blank',
    title: statusText,
    status,
    detail,
    code: 'UNEXPECTED_ANSWER',
    request_id: headers.get('x-request-id') ?? '',
  })
}
