import { randomUUID } from 'node:crypto'
import { fastify, type FastifyBaseLogger } from 'fastify'
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import { Gate } from './access/gate.ts'
import { readLimitPolicy } from './limits/policy.ts'
import { Room } from './limits/room.ts'
import { access } from './plugins/access.ts'
import { audit } from './plugins/audit.ts'
import { dashboard } from './plugins/dashboard.ts'
import { documentation } from './plugins/documentation.ts'
import { Heads } from './metrics/heads.ts'
import { jsonBody } from './plugins/json_body.ts'
import { ReceiverAddresses } from './notify/addresses.ts'
import { limits } from './plugins/limits.ts'
import { AccessLog } from './plugins/logging.ts'
import { answerProblem, answerUnreadable, problems } from './plugins/problems.ts'
import { queueBoard } from './plugins/queue_board.ts'
import { site } from './plugins/site.ts'
import { security } from './plugins/security.ts'
import { shedding } from './plugins/shedding.ts'
import { slowBodies } from './plugins/slow_bodies.ts'
import { stopping } from './plugins/stopping.ts'
import { validation } from './plugins/validation.ts'
import { routes } from './routes/routes.ts'
import { Deletions } from './telemetry/deletions.ts'
import { fleetMetrics } from './telemetry/fleet_metrics.ts'
import { httpMetrics } from './telemetry/http_metrics.ts'
import { tracedRequests } from './telemetry/traced_requests.ts'
import type { App, Browsers, Services } from './types.ts'

/** Time in which a slow client must send its request: 10 GiB at 1 Mbit/s. `jsonBody` has a shorter one for bodies of JSON. */
const REQUEST_MS = 24 * 60 * 60_000
/** Bytes of a body that wait to be read: with the 16 KiB of Node, reading stops and starts again for every piece of an upload. */
const READ_AHEAD_BYTES = 2 ** 18
/** A response without progress for this time closes its connection: more than the longest wait for news. */
const STILL_MS = 60_000
/** Proxies close a connection after 30 s or more of silence. */
const HEARTBEAT_MS = 15_000
const OWN_BROWSERS: Browsers = { hosts: [], origins: [] }

/** The service, ready to listen or to receive requests from a test. */
export function buildApp(
  { store, artifacts, segments, maxDatasetBytes, registry, tracing, ...options }: Services,
  log?: FastifyBaseLogger,
): App {
  const { retentionMs = null, heartbeatMs = HEARTBEAT_MS, browsers = OWN_BROWSERS, keyPolicy = 'once_made' } = options
  const { limitPolicy = readLimitPolicy(), receiverAddresses = new ReceiverAddresses([]), disk, mostDelayMs } = options
  const app = describedApp(log)
  app.decorate('store', store)
  app.decorate('artifacts', artifacts)
  app.decorate('segments', segments)
  app.decorate('maxDatasetBytes', maxDatasetBytes)
  app.decorate('registry', registry)
  app.decorate('tracing', tracing)
  app.decorate('retentionMs', retentionMs)
  app.decorate('heartbeatMs', heartbeatMs)
  app.decorate('browsers', browsers)
  app.decorate('keyPolicy', keyPolicy)
  app.decorate('limitPolicy', limitPolicy)
  app.decorate('receiverAddresses', receiverAddresses)
  app.decorate('room', new Room(store, disk))
  const onError = (err: unknown) => app.log.warn({ err }, 'use of a key not noted')
  app.decorate('gate', new Gate(store.apiKeys, keyPolicy, limitPolicy, { issuer: options.tokenIssuer, onError }))
  app.decorate('deletions', new Deletions(registry, app.log))
  const heads = new Heads(store.metrics)
  app.decorate('heads', heads)
  app.addHook('preClose', async () => heads.stop())
  if (mostDelayMs !== undefined) shedding(app, mostDelayMs)
  for (const add of [limits, slowBodies, httpMetrics, fleetMetrics, tracedRequests, audit]) add(app) // last, what waits for the store
  dashboard(app)
  site(app)
  queueBoard(app)
  return app
}

/** All routes with their hooks and schemas, without the services behind them: enough to describe them. */
export function describedApp(log?: FastifyBaseLogger): App {
  const app = bareApp(log)
  for (const add of [security, stopping, problems, access, jsonBody, validation, documentation]) add(app)
  app.register(routes)
  return app
}

function bareApp(log: FastifyBaseLogger | undefined): App {
  return fastify({
    ...(log === undefined ? {} : { loggerInstance: log }),
    logController: new AccessLog(),
    genReqId: () => `req_${randomUUID().replaceAll('-', '').slice(0, 16)}`, // drawn from a reserve, unlike `randomBytes`
    frameworkErrors: answerProblem,
    clientErrorHandler: answerUnreadable,
    http: { highWaterMark: READ_AHEAD_BYTES },
    requestTimeout: REQUEST_MS,
    connectionTimeout: STILL_MS,
    return503OnClosing: false, // `stopping` answers with a problem.
    forceCloseConnections: 'idle', // The default waits for the end of keep-alive: https://github.com/fastify/fastify/issues/7044
    exposeHeadRoutes: true,
  }).withTypeProvider<TypeBoxTypeProvider>()
}
