import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import fastifyStatic from '@fastify/static'
import { publicRoutes } from './access.ts'
import type { App } from '../types.ts'

const BUILT = fileURLToPath(new URL('../../../site/dist/site', import.meta.url))

/** Serves the pages of the documentation at `/docs` if they have been built. */
export function site(app: App): void {
  if (!existsSync(BUILT)) return
  publicRoutes(app, (scope) =>
    scope.register(fastifyStatic, {
      root: BUILT,
      prefix: '/docs',
      decorateReply: false,
      wildcard: true, // routes of each file take a tenth of a second to add
      redirect: true,
      schemaHide: true,
      cacheControl: false,
      setHeaders: (reply) => void reply.setHeader('cache-control', 'no-cache'),
    }),
  )
}
