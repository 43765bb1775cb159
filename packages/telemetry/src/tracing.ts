import type { Tracing } from './spans.ts'

const TRACEPARENT = /^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/

/** Records nothing, and passes on the trace of a client. */
export const NO_TRACING: Tracing = {
  start: (_, { parent = '' }) => ({
    traceparent: TRACEPARENT.test(parent) ? parent : undefined,
    event: () => {},
    set: () => {},
    end: () => {},
  }),
  close: () => Promise.resolve(),
}

/**
 * Tracing to an OpenTelemetry collector.
 *
 * @param endpoint base address of OTLP over HTTP, such as `http://127.0.0.1:4318`; without one nothing is recorded and
 * the libraries are not loaded
 * @param service `unroll-api` or `unroll-worker`
 */
export async function openTracing(endpoint: string | undefined, service: string): Promise<Tracing> {
  if (endpoint === undefined) return NO_TRACING
  const { otlpTracing } = await import('./otlp.ts')
  return otlpTracing(endpoint, service)
}
