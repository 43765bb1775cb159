// The API process: serves requests, watches the jobs of lost workers, and advances sweeps.

import { hostname } from 'node:os'
import { checkArtifacts, identifyPlace, openArtifacts, readFreeBytes, sweepUnfinished } from '@unroll/artifacts'
import { armFailpoints } from '@unroll/failpoints'
import { Segments } from '@unroll/history'
import { openStore, deriveTiming } from '@unroll/store'
import { Registry, collectDefaultMetrics, openTracing } from '@unroll/telemetry'
import closeWithGrace from 'close-with-grace'
import { pino } from 'pino'
import { buildApp } from './app.ts'
import { keepFirstKey } from './access/first_key.ts'
import { TokenIssuer } from './access/issuer.ts'
import { readConfig } from './config.ts'
import { keepFindingForks } from './jobs/finding_forks.ts'
import { keepEnded } from './jobs/keeper.ts'
import { ReceiverAddresses } from './notify/addresses.ts'
import { sendNotifications } from './notify/sender.ts'
import { keepSweeps } from './sweeps/keeper.ts'

/** The process exits within this time after a stop request. */
const STOP_MS = 5_000
/** Longer than any pause of an upload or a checkpoint. */
const UNFINISHED_MS = 3_600_000

const config = readConfig()
const log = pino({ level: config.logLevel, base: { service: 'api', pid: process.pid } })
const artifacts = openArtifacts(config.artifacts)
await checkArtifacts(artifacts)
const place = await identifyPlace(artifacts).catch((error: unknown) => {
  log.warn(error, 'workers cannot be told where artifacts are kept')
  return undefined
})
if (config.faults !== undefined) armFailpoints(config.faults)
const segments = new Segments(artifacts)
const store = await openStore({
  url: config.redisUrl,
  segments,
  member: { role: 'api', host: hostname(), pid: process.pid, ...(place !== undefined && { artifacts: place }) },
  timing: deriveTiming(config.lockMs),
  onError: (error) => log.warn(error, 'store'),
})
const registry = new Registry()
collectDefaultMetrics({ register: registry })
const tracing = await openTracing(config.otlpEndpoint, 'unroll-api')
const { maxDatasetBytes, retentionMs, browsers, keyPolicy, tokenPolicy, limitPolicy, reservedBytes, mostDelayMs } =
  config
const tokenIssuer = tokenPolicy === undefined ? undefined : new TokenIssuer(tokenPolicy)
const receiverAddresses = new ReceiverAddresses(config.notifyNetworks)
const disk = { readFree: () => readFreeBytes(config.artifacts), reservedBytes }
const access = { browsers, keyPolicy, tokenIssuer, limitPolicy, receiverAddresses }
const options = { ...access, maxDatasetBytes, retentionMs, disk, mostDelayMs }
const app = buildApp({ store, artifacts, segments, registry, tracing, ...options }, log)
const watch = store.queue.watch()
const keepers = [
  keepSweeps({ store, artifacts }, log),
  keepEnded(app, log),
  keepFindingForks(app, log),
  sendNotifications(app, log),
]

closeWithGrace({ delay: STOP_MS, logger: log }, async ({ err, signal }) => {
  if (err === undefined) log.info({ signal }, 'stopping')
  else log.fatal(err, 'stopping on an error')
  await app.close()
  await Promise.all([watch, ...keepers].map((each) => each.close()))
  await store.close()
  await tracing.close()
})

const swept = await sweepUnfinished(config.artifacts, UNFINISHED_MS).catch((error: unknown) => {
  log.warn(error, 'what killed writers had left cannot be deleted')
  return 0
})
if (swept > 0) log.info({ swept }, 'deleted what killed writers had left')
const { warnings } = await store.health()
for (const warning of warnings) log.warn(warning)
if (keyPolicy === 'never') log.warn({ host: config.host }, 'no keys: whoever reaches this address may use the service')
if (keyPolicy === 'always' && (await keepFirstKey(store.apiKeys, config.firstKeyFile)))
  log.warn({ file: config.firstKeyFile }, 'made the first key, of scope admin: it is in this file alone')
await app.listen({ host: config.host, port: config.port })
