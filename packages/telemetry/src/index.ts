export { Counter, Gauge, Histogram, Registry } from 'prom-client'
export { collectDefaultMetrics } from './process_metrics.ts'
export { serveMetrics, type MetricsServer } from './serve.ts'
export { NO_TRACING, openTracing, type Span, type SpanKindName, type SpanOptions, type Tracing } from './tracing.ts'
