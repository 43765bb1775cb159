import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import fastifyStatic from '@fastify/static'
import { UnrollError } from '@unroll/contract'
import Negotiator from 'negotiator'
import { publicRoutes } from './access.ts'
import type { App } from '../types.ts'

const BUILT = fileURLToPath(new URL('../../../dashboard/dist', import.meta.url))
const INDEX = 'index.html'

/** Paths of pages that people type: the page reads what is behind `#`. */
const PAGES = [
  '/jobs',
  '/jobs/:id',
  '/sweeps',
  '/sweeps/:id',
  '/datasets',
  '/datasets/:id',
  '/models',
  '/usage',
  '/new',
  '/compare',
]

/** Serves the dashboard at `/` if it has been built, and leads browsers there from the paths of its pages. */
export function dashboard(app: App): void {
  if (!existsSync(join(BUILT, INDEX))) return
  publicRoutes(app, (scope) => {
    scope.register(fastifyStatic, {
      root: BUILT,
      wildcard: false, // one route for each file: any other path gets a problem
      cacheControl: false,
      schemaHide: true,
      setHeaders(reply, path) {
        // The names of these files change with their content.
        const isHashed = path.startsWith(join(BUILT, 'assets'))
        reply.setHeader('cache-control', isHashed ? 'public, max-age=31536000, immutable' : 'no-cache')
      },
    })
    for (const path of PAGES)
      scope.get(path, { schema: { hide: true } }, (request, reply) => {
        const isBrowser = new Negotiator(request.raw).mediaType(['application/json', 'text/html']) === 'text/html'
        if (isBrowser) return reply.redirect(`/#${request.url}`)
        throw new UnrollError('ROUTE_NOT_FOUND', `Cannot find "${path}": pages are for browsers, the API is at /v1`)
      })
  })
}
