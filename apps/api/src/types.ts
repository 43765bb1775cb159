import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { Artifacts } from '@unroll/artifacts'
import type { Segments } from '@unroll/history'
import type { Store } from '@unroll/store'
import type { LimitName } from '@unroll/contract'
import type { Registry, Span, Tracing } from '@unroll/telemetry'
import type { FastifyBaseLogger, FastifyInstance, RouteOptions } from 'fastify'
import type { Caller, RouteScope } from './access/caller.ts'
import type { Gate, KeyPolicy } from './access/gate.ts'
import type { TokenIssuer } from './access/issuer.ts'
import type { LimitPolicy } from './limits/policy.ts'
import type { Disk, Room } from './limits/room.ts'
import type { ReceiverAddresses } from './notify/addresses.ts'
import type { Heads } from './metrics/heads.ts'
import type { Deletions } from './telemetry/deletions.ts'

/** The names and pages from which browsers may use the service. */
export interface Browsers {
  /** Names of the service in `Host`, in lower case, beside IP addresses and `localhost`. */
  hosts: readonly string[]
  /** Origins whose pages may use the service, such as `https://notebook.example.org`. */
  origins: readonly string[]
}

/** The services that the routes use. */
export interface Services {
  store: Store
  artifacts: Artifacts
  /** Metrics that have left Redis. */
  segments: Segments
  /** Largest data set that is accepted, in bytes. */
  maxDatasetBytes: number
  /** The registry that Prometheus scrapes. */
  registry: Registry
  tracing: Tracing
  /** Where notifications may be sent. @default public addresses */
  receiverAddresses?: ReceiverAddresses
  /** Age at which ended jobs are deleted, in milliseconds. @default null: never */
  retentionMs?: number | null
  /** Milliseconds between two comments of a quiet stream. @default 15000 */
  heartbeatMs?: number
  /** Who needs a key. @default 'once_made' */
  keyPolicy?: KeyPolicy
  /** Whose tokens are taken beside keys. @default nobody's */
  tokenIssuer?: TokenIssuer | undefined
  /** @default no further names, and no origin but the own */
  browsers?: Browsers
  /** @default those of `readLimitPolicy` */
  limitPolicy?: LimitPolicy
  /** Where artifacts are kept. @default not watched */
  disk?: Disk
  /** Mean delay of the event loop from which requests are refused, in milliseconds. @default none are */
  mostDelayMs?: number
}

export type App = FastifyInstance<Server, IncomingMessage, ServerResponse, FastifyBaseLogger, TypeBoxTypeProvider>

declare module 'fastify' {
  interface FastifyInstance extends Required<Omit<Services, 'disk' | 'mostDelayMs' | 'tokenIssuer'>> {
    gate: Gate
    room: Room
    /** All routes, with the scope of each. */
    guardedRoutes: RouteOptions[]
    heads: Heads
    deletions: Deletions
    /** Updates the gauges of the store. */
    refreshMetrics: () => Promise<void>
  }

  interface FastifyRequest {
    /** The span of the request; null for a request that changes nothing, which is not traced. */
    span: Span | null
    caller: Caller
  }

  interface FastifyReply {
    /** Its place among the open requests; -1 where its caller has no key. */
    openPlace: number
  }

  interface FastifyContextConfig {
    /** The media type a route's body must have. @default 'application/json' */
    mediaType?: string
    /** What a key must have for the route; nothing at all for a public one. @default 'admin' */
    scope?: RouteScope
    /** True where the body may be large, and take as long as it takes. */
    isUpload?: boolean
    /** The limit of requests of this kind at the same time. @default none */
    places?: LimitName
    /** Whether the route stores something new, unless it reads or deletes. @default that it is of scope `submit` */
    stores?: boolean
    /** Whether the audit log has requests that succeed, and not only those that are refused. @default true */
    audited?: boolean
    /** Fields and items that a body of JSON may have. @default 10000 */
    mostValues?: number
  }
}
