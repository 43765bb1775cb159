import type { Socket } from 'node:net'
import { ArtifactReadError, ArtifactWriteError, CheckpointCorruptError } from '@unroll/artifacts'
import { ERRORS, MOST_FAULTS, UnrollError, type ErrorCode, type Fault, type ProblemDetails } from '@unroll/contract'
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import type { App } from '../types.ts'
import { unsupportedMediaType } from './media.ts'
import { rememberMethods } from './methods.ts'

const PROBLEM_TYPE = 'application/problem+json'
const RETRY_AFTER_SECONDS = 1

/** Codes of the catalogue for errors of the framework. */
const FRAMEWORK_CODES: Record<string, ErrorCode> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'UNSUPPORTED_MEDIA_TYPE',
  FST_ERR_CTP_BODY_TOO_LARGE: 'BODY_TOO_LARGE',
}

/** Converts every error into an `application/problem+json` (RFC 9457) of the catalogue. */
export function problems(app: App): void {
  const findMethods = rememberMethods(app)
  const refuse = (request: FastifyRequest, reply: FastifyReply) => {
    const path = request.url.split('?', 1)[0] ?? ''
    const methods = findMethods(path)
    if (methods.length === 0 || methods.includes(request.method))
      throw new UnrollError('ROUTE_NOT_FOUND', `Cannot find "${path}"`)
    reply.header('allow', methods.join(', '))
    throw new UnrollError(
      'METHOD_NOT_ALLOWED',
      `Cannot ${request.method} "${path}": method must be ${methods.join(' or ')}`,
    )
  }
  app.setErrorHandler(answerProblem)
  // Before the body is read: a request without a route may have any body of any media type.
  app.addHook('onRequest', async (request, reply) => {
    if (request.is404) refuse(request, reply)
  })
  app.setNotFoundHandler(refuse) // for files that are not there
}

/** Responds with the problem of an error. Details of internal faults stay in the log. */
export function answerProblem(error: Error, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const known = catalogued(error, request)
  const { status, retryable } = ERRORS[known.code]
  if (status >= 500) request.log.error({ err: known.cause ?? known, code: known.code }, 'request failed')
  if (status === 503 && retryable) reply.header('retry-after', RETRY_AFTER_SECONDS)
  return reply
    .code(status)
    .type(PROBLEM_TYPE)
    .send(JSON.stringify(describeProblem(known, request.id)))
}

/** Responds to bytes that are not HTTP on the bare socket, and closes it. */
export function answerUnreadable(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy()
    return
  }
  const known = new UnrollError('INVALID_REQUEST', `Cannot read the request: ${error.message}`)
  const body = JSON.stringify(describeProblem(known, 'unread'))
  const head = [
    'HTTP/1.1 400 Bad Request',
    `content-type: ${PROBLEM_TYPE}`,
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
  ]
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`)
}

function catalogued(error: Error, request: FastifyRequest): UnrollError {
  if (error instanceof UnrollError) return error
  if (error instanceof ArtifactWriteError || error instanceof ArtifactReadError)
    return new UnrollError('ARTIFACTS_UNAVAILABLE', error.summary, { cause: error })
  if (error instanceof CheckpointCorruptError)
    return new UnrollError('CHECKPOINT_DAMAGED', error.message, { cause: error })
  const { code, statusCode = 500, message } = error as FastifyError
  if (isAbandoned(request))
    return new UnrollError('INVALID_REQUEST', 'Cannot read the body to its end: its connection was closed', {
      cause: error,
    })
  const known = FRAMEWORK_CODES[code]
  if (known === 'UNSUPPORTED_MEDIA_TYPE') return unsupportedMediaType(request)
  if (known !== undefined) return new UnrollError(known, message, { cause: error })
  return new UnrollError(statusCode < 500 ? 'INVALID_REQUEST' : 'INTERNAL', message, { cause: error })
}

/** Whether a body ended before its end, which is no fault of the service. Nobody reads the answer. */
function isAbandoned({ raw }: FastifyRequest): boolean {
  return raw.destroyed && !raw.complete
}

/** Codes from 500 on whose message is for the client. */
const SPOKEN: readonly ErrorCode[] = [
  'ISSUER_UNAVAILABLE',
  'PREDICTIONS_FULL',
  'PREDICTION_TIMEOUT',
  'PREDICTION_FAILED',
  'OVERLOADED',
  'STORAGE_FULL',
]

/** Longer values are not returned: `detail` has their start. */
const LONGEST_VALUE = 1000

export function describeProblem({ code, message, faults, faultCount }: UnrollError, requestId: string): ProblemDetails {
  const { status, title } = ERRORS[code]
  const isTold = faults.length < MOST_FAULTS || faultCount > faults.length
  const told = isTold ? message : `${message}. No more than the first ${MOST_FAULTS} faults are listed`
  return {
    type: `/docs/errors#${code}`,
    title,
    status,
    detail:
      status >= 500 && !SPOKEN.includes(code) ? `${title}: the log of the service has more under the request id` : told,
    code,
    request_id: requestId,
    ...(faultCount > faults.length && { error_count: faultCount }),
    ...(faults.length > 0 && { errors: faults.slice(0, MOST_FAULTS).map(shortened) }),
  }
}

function shortened({ value, ...fault }: Fault): Fault {
  const isShort = value !== undefined && JSON.stringify(value).length <= LONGEST_VALUE
  return { ...fault, ...(isShort && { value }) }
}
