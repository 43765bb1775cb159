import { LogController, type FastifyReply, type FastifyRequest } from 'fastify'

/** Logs one line for each response: reads at level debug, changes at level info. */
export class AccessLog extends LogController {
  constructor() {
    super({ requestIdLogLabel: 'requestId' })
  }

  override incomingRequest(): void {}

  override routeNotFound(): void {}

  /** Errors are logged when they become problems. */
  override defaultErrorLog(): void {}

  /** Readers come and go. */
  override streamError(error: Error & { code?: string }, request: FastifyRequest, reply: FastifyReply): void {
    if (error.code === 'ERR_STREAM_PREMATURE_CLOSE') request.log.debug('reader gone')
    else super.streamError(error, request, reply)
  }

  override requestCompleted(_error: Error | null | undefined, request: FastifyRequest, reply: FastifyReply): void {
    const { method, routeOptions } = request
    const fields = {
      method,
      route: routeOptions.url ?? request.url,
      status: reply.statusCode,
      ms: Math.round(reply.elapsedTime),
      ...identifySubject(request),
    }
    if (method === 'GET' && reply.statusCode < 400) request.log.debug(fields, 'request answered')
    else request.log.info(fields, 'request answered')
  }
}

function identifySubject({ params, routeOptions }: FastifyRequest): { jobId?: string; datasetId?: string } {
  const { id } = (params ?? {}) as { id?: string }
  if (id === undefined) return {}
  return routeOptions.url?.startsWith('/v1/jobs') === true ? { jobId: id } : { datasetId: id }
}
