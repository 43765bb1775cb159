import type { App } from '../types.ts'

/** Traces every request that changes something: in the trace of the client's `traceparent`, or in a new one. */
export function tracedRequests(app: App): void {
  app.decorateRequest('span', null)
  app.addHook('onRequest', async (request) => {
    const { method, routeOptions, headers } = request
    if (method === 'GET') return
    const route = routeOptions.url ?? 'none'
    const parent = headers['traceparent']
    request.span = app.tracing.start(`${method} ${route}`, {
      kind: 'server',
      parent: typeof parent === 'string' ? parent : undefined,
      attributes: { 'http.request.method': method, 'http.route': route, 'unroll.request_id': request.id },
    })
  })
  app.addHook('onResponse', async ({ span }, { statusCode }) => {
    span?.set({ 'http.response.status_code': statusCode })
    span?.end(statusCode >= 500 ? `status ${statusCode}` : undefined)
  })
}
