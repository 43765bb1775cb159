export type SpanKindName = 'server' | 'consumer' | 'internal'

export interface SpanOptions {
  kind: SpanKindName
  /** `traceparent` (W3C Trace Context) of what this is part of. @default a trace of its own */
  parent?: string | undefined
  attributes?: Record<string, string | number>
}

/** Something that takes time. */
export interface Span {
  /** Names this span to what is part of it, across processes. Undefined where there is no trace. */
  readonly traceparent: string | undefined
  /** Notes that something happened now. */
  event(name: string, attributes?: Record<string, string | number>): void
  /** Says something of the whole span that only shows on the way. */
  set(attributes: Record<string, string | number>): void
  /** @param fault what went wrong, where something did */
  end(fault?: string): void
}

export interface Tracing {
  start(name: string, options: SpanOptions): Span
  /** Sends what was not sent yet, for a second at most. */
  close(): Promise<void>
}

const TRACEPARENT = /^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/

/** Records nothing, and hands the trace of a client on. */
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
 * @param endpoint base address of OTLP over HTTP, such as `http://127.0.0.1:4318`; without one nothing is recorded, and
 *   the libraries are not even loaded
 * @param service `unroll-api` or `unroll-worker`
 */
export async function openTracing(endpoint: string | undefined, service: string): Promise<Tracing> {
  if (endpoint === undefined) return NO_TRACING
  const { otlpTracing } = await import('./otlp.ts')
  return otlpTracing(endpoint, service)
}
