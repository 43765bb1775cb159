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
