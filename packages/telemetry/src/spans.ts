export type SpanKindName = 'server' | 'consumer' | 'internal'

export interface SpanOptions {
  kind: SpanKindName
  /** `traceparent` (W3C Trace Context) of the parent. @default a new trace */
  parent?: string | undefined
  attributes?: Record<string, string | number>
}

/** An operation with a duration. */
export interface Span {
  /** Identifies this span for its children in other processes. Undefined without a trace. */
  readonly traceparent: string | undefined
  /** Adds an event at the current time. */
  event(name: string, attributes?: Record<string, string | number>): void
  /** Adds an attribute of the whole span that is known only during it. */
  set(attributes: Record<string, string | number>): void
  /** @param fault the error, if any */
  end(fault?: string): void
}

export interface Tracing {
  start(name: string, options: SpanOptions): Span
  /** Sends the remaining spans, within a second at most. */
  close(): Promise<void>
}
