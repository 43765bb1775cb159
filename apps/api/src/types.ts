import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { Artifacts } from '@unroll/artifacts'
import type { Segments } from '@unroll/history'
import type { Store } from '@unroll/store'
import type { Registry, Span, Tracing } from '@unroll/telemetry'
import type { FastifyBaseLogger, FastifyInstance } from 'fastify'
import type { Heads } from './metrics/heads.ts'
import type { Deletions } from './telemetry/deletions.ts'

/** What the routes work on. */
export interface Services {
  store: Store
  artifacts: Artifacts
  /** Metrics that have left Redis. */
  segments: Segments
  /** The largest data set that is taken. */
  maxDatasetBytes: number
  /** What Prometheus reads. */
  registry: Registry
  tracing: Tracing
  /** Age at which jobs that have ended are deleted, in milliseconds. @default null: they never are */
  retentionMs?: number | null
  /** Milliseconds between two signs of life on a quiet stream. @default 15000 */
  heartbeatMs?: number
}

export type App = FastifyInstance<Server, IncomingMessage, ServerResponse, FastifyBaseLogger, TypeBoxTypeProvider>

declare module 'fastify' {
  interface FastifyInstance extends Required<Services> {
    heads: Heads
    deletions: Deletions
    /** Brings the gauges up to date that say what the store has. */
    refreshMetrics: () => Promise<void>
  }

  interface FastifyRequest {
    /** The request in its trace; null for what changes nothing, which is not traced. */
    span: Span | null
  }

  interface FastifyContextConfig {
    /** The media type a route's body must have. @default 'application/json' */
    mediaType?: string
  }
}
