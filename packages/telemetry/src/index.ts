export { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client'
export { serveMetrics, type MetricsServer } from './serve.ts'
export { NO_TRACING, openTracing, type Span, type SpanKindName, type SpanOptions, type Tracing } from './tracing.ts'
