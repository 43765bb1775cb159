import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { Artifacts } from '@unroll/artifacts'
import type { Store } from '@unroll/store'
import type { FastifyBaseLogger, FastifyInstance } from 'fastify'

/** What the routes work on. */
export interface Services {
  store: Store
  artifacts: Artifacts
  /** The largest data set that is taken. */
  maxDatasetBytes: number
}

export type App = FastifyInstance<Server, IncomingMessage, ServerResponse, FastifyBaseLogger, TypeBoxTypeProvider>

declare module 'fastify' {
  interface FastifyInstance extends Services {}

  interface FastifyContextConfig {
    /** The media type a route's body must have. @default 'application/json' */
    mediaType?: string
  }
}
