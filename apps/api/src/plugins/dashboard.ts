import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import fastifyStatic from '@fastify/static'
import { publicRoutes } from './access.ts'
import type { App } from '../types.ts'

const BUILT = fileURLToPath(new URL('../../../dashboard/dist', import.meta.url))
const INDEX = 'index.html'

/** Serves the dashboard at `/` if it has been built. */
export function dashboard(app: App): void {
  if (!existsSync(join(BUILT, INDEX))) return
  publicRoutes(app, (scope) =>
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
    }),
  )
}
