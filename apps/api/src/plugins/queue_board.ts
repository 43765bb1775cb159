import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { createBullBoard } from '@bull-board/api'
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter'
import type {
  AppControllerRoute,
  AppViewRoute,
  BullBoardQueues,
  BullBoardRequest,
  IServerAdapter,
  UIConfig,
} from '@bull-board/api/typings/app'
import fastifyStatic from '@fastify/static'
import { available } from '@unroll/store'
import { publicRoutes } from './access.ts'
import type { App } from '../types.ts'

const BASE = '/queues'

/** The page sets a base, and adds one style element, whose digest is here. */
const PAGE_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self' 'sha256-r2N1TB/gHbBtBZFKg7ejmq1acVSREzucTAEw6ga4hoU='; img-src 'self' data:; connect-src 'self'; base-uri 'self'; form-action 'none'; frame-ancestors 'none'"

const LOOKS: UIConfig = {
  boardTitle: 'Unroll queues',
  miscLinks: [{ text: 'Unroll', url: '/' }],
  hideDocsLink: true,
  showWorkers: false, // it finds workers by BullMQ's own loop, which ours do not use
}

/**
 * Serves BullMQ's dashboard at `/queues`, read-only: its counts are BullMQ's own, beside `/v1/queue`, which uses the
 * records. Its requests that change something have no route.
 */
export function queueBoard(app: App): void {
  const board = new Board()
  const queues = Object.values(app.store.queue.bullmq()).map(
    (queue) =>
      new BullMQAdapter(queue, {
        readOnlyMode: true,
        externalJobUrl: ({ id }) => ({ displayText: 'Run', href: `/#/jobs/${id}` }),
      }),
  )
  const uiBasePath = dirname(createRequire(import.meta.url).resolve('@bull-board/ui/package.json'))
  createBullBoard({ queues, serverAdapter: board, options: { uiBasePath, uiConfig: LOOKS } })
  publicRoutes(app, (scope) => {
    scope.register(fastifyStatic, {
      root: board.statics,
      prefix: `${BASE}/static/`,
      decorateReply: false,
      wildcard: true,
      schemaHide: true,
    })
    addPages(scope, board)
  })
  addReads(app, board)
}

function addPages(app: App, { views, entry, looks }: Board): void {
  if (entry === undefined) throw new TypeError('Cannot serve the board of queues: it has no page')
  const { name, params } = entry.handler({ basePath: BASE, uiConfig: looks })
  const template = readFileSync(join(views, name), 'utf8')
  const page = template
    .replaceAll(/<%[-=] (\w+) %>/g, (_, parameter: string) => params[parameter] ?? '')
    .replaceAll(/<link href="https:[^>]*>/g, '') // fonts
    .replaceAll(/ style="[^"]*"|<style>[^<]*<\/style>/g, '') // of what it shows while it loads
  for (const route of [entry.route].flat())
    app.get(`${BASE}${route === '/' ? '' : route}`, { schema: { hide: true } }, (_request, reply) =>
      reply.type('text/html').header('content-security-policy', PAGE_POLICY).send(page),
    )
}

function addReads(app: App, { queues, reads, looks: uiConfig }: Board): void {
  for (const read of reads) {
    for (const path of [read.route].flat()) {
      app.get(
        `${BASE}${path}`,
        { schema: { hide: true }, config: { scope: 'operate' } },
        async ({ query, params, headers }, reply) => {
          const request = { queues, uiConfig, query, params, headers, body: {} } as BullBoardRequest
          const { status = 200, body } = await available(async () => await read.handler(request))
          return reply.code(status).send(body)
        },
      )
    }
  }
}

/** Receives the routes and files of the board. */
class Board implements IServerAdapter {
  queues: BullBoardQueues = new Map()
  views = ''
  statics = ''
  looks: UIConfig = {}
  entry: AppViewRoute | undefined
  /** Requests that change nothing. */
  reads: AppControllerRoute[] = []

  setQueues(queues: BullBoardQueues): this {
    this.queues = queues
    return this
  }

  setViewsPath(path: string): this {
    this.views = path
    return this
  }

  setStaticPath(_route: string, path: string): this {
    this.statics = path
    return this
  }

  setUIConfig(config: UIConfig): this {
    this.looks = config
    return this
  }

  setEntryRoute(route: AppViewRoute): this {
    this.entry = route
    return this
  }

  /** Errors have the same form as all others of the service. */
  setErrorHandler(): this {
    return this
  }

  setApiRoutes(routes: AppControllerRoute[]): this {
    this.reads = routes.filter(({ method }) => method === 'get')
    return this
  }
}
