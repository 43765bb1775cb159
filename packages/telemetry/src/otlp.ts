import {
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  TraceFlags,
  trace,
  type Context,
  type Tracer,
} from '@opentelemetry/api'
import { parseTraceParent } from '@opentelemetry/core'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace'
import type { Span, SpanKindName, SpanOptions, Tracing } from './spans.ts'

const SEND_EVERY_MS = 1_000
/** A collector that does not answer must not delay the stop of a process. */
const CLOSE_MS = 1_000

const KINDS: Record<SpanKindName, SpanKind> = {
  server: SpanKind.SERVER,
  consumer: SpanKind.CONSUMER,
  internal: SpanKind.INTERNAL,
}

/** Spans are sent every second; spans that a collector refuses are dropped. */
export function otlpTracing(endpoint: string, service: string): Tracing {
  const exporter = new OTLPTraceExporter({ url: `${endpoint.replace(/\/$/, '')}/v1/traces` })
  const provider = new TracerProvider({
    resource: resourceFromAttributes({ 'service.name': service }),
    spanProcessors: [new BatchSpanProcessor({ exporter, scheduledDelayMillis: SEND_EVERY_MS })],
  })
  const tracer = provider.getTracer('unroll')
  return {
    start: (name, options) => start(tracer, name, options),
    async close() {
      const limit = new Promise<void>((resolve) => setTimeout(resolve, CLOSE_MS).unref())
      await Promise.race([provider.shutdown().catch(() => {}), limit])
    },
  }
}

function start(tracer: Tracer, name: string, { kind, parent, attributes = {} }: SpanOptions): Span {
  const span = tracer.startSpan(name, { kind: KINDS[kind], attributes }, restoreContext(parent))
  const { traceId, spanId, traceFlags } = span.spanContext()
  return {
    traceparent: `00-${traceId}-${spanId}-${(traceFlags & TraceFlags.SAMPLED).toString(16).padStart(2, '0')}`,
    event: (what, about) => void span.addEvent(what, about),
    set: (more) => void span.setAttributes(more),
    end(fault) {
      if (fault !== undefined) span.setStatus({ code: SpanStatusCode.ERROR, message: fault })
      span.end()
    },
  }
}

function restoreContext(parent: string | undefined): Context {
  const remote = parseTraceParent(parent ?? '')
  return remote === null ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, { ...remote, isRemote: true })
}
