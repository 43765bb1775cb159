import { Histogram } from '@unroll/telemetry'
import type { App } from '../types.ts'

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 30]

/** Measures every request by its declared route: URLs with ids would create an unlimited number of series. */
export function httpMetrics(app: App): void {
  const duration = new Histogram({
    name: 'unroll_http_request_duration_seconds',
    help: 'Time from a request to the end of its answer.',
    labelNames: ['method', 'route', 'status'] as const,
    buckets: SECONDS,
    registers: [app.registry],
  })
  app.addHook('onResponse', async ({ method, routeOptions }, reply) => {
    const route = routeOptions.url ?? 'none'
    duration.observe({ method, route, status: reply.statusCode }, reply.elapsedTime / 1_000)
  })
}
