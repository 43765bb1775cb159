// The worker process: holds the connection to Redis, takes jobs and has each trained in a child process.

import { randomBytes } from 'node:crypto'
import { totalmem } from 'node:os'
import closeWithGrace from 'close-with-grace'
import { armFaults } from '@unroll/faults'
import { newId } from '@unroll/spec'
import { collectDefaultMetrics, openTracing, serveMetrics } from '@unroll/telemetry'
import { pino } from 'pino'
import { readConfig } from './config.ts'
import { consume } from './consume.ts'
import { Instruments } from './instruments.ts'
import { joinFleet } from './joining.ts'
import { endOnError } from './refusal.ts'
import { Registration } from './registration.ts'
import { WarmChildren } from './warm_children.ts'

/** How long jobs in hand may take to be given back on a stop request. The process exits within STOP_MS whatever happens. */
const DRAIN_MS = 3_000
const STOP_MS = 5_000

const stopRefusing = endOnError()
const config = readConfig()
const workerId = newId('worker', Date.now(), randomBytes(16))
const log = pino({ level: config.logLevel, base: { service: 'worker', workerId } })

const store = await joinFleet(config, workerId, log)
if (config.faults !== undefined) armFaults(config.faults)
const children = new WarmChildren({
  engine: config.engine,
  niceness: config.niceness,
  silenceMs: config.childSilenceMs,
  count: config.slots,
  log,
})
const { idleBytes, ...description } = await children.start()
log.info({ step: 'Engine', ...description }, `${description.engine} on ${description.device}`)
const registration = new Registration(store, log, {
  id: workerId,
  slots: config.slots,
  memoryBytes: config.memoryBytes ?? availableMemory() - config.slots * idleBytes,
  description,
})
await registration.start()
const instruments = new Instruments(config.slots)
collectDefaultMetrics({ register: instruments.registry })
const { host, port } = config.metrics
const metrics = port === undefined ? undefined : await serveMetrics(instruments.registry, host, port)
if (metrics !== undefined) log.info({ host, port: metrics.port }, 'Prometheus is answered')
const tracing = await openTracing(config.otlpEndpoint, 'unroll-worker')
const context = {
  store,
  log,
  workerId,
  engine: config.engine,
  children,
  artifacts: config.artifacts,
  faults: config.faults,
  instruments,
  tracing,
}
const consumer = consume(context, registration, config.slots)
await registration.obey(consumer)
stopRefusing()
log.info({ slots: config.slots, accelerator: registration.accelerator }, 'worker takes jobs')

/** What the process may use, in bytes. */
function availableMemory(): number {
  return Math.min(totalmem(), process.constrainedMemory() || Infinity)
}

closeWithGrace({ delay: STOP_MS, logger: log }, async ({ err, signal }) => {
  if (err) log.error(err, 'stopping on an error')
  else log.info({ signal }, 'stopping')
  await registration.drain()
  await consumer.close({ timeoutMs: DRAIN_MS })
  children.close()
  await registration.stop()
  await store.close()
  await Promise.all([metrics?.close(), tracing.close()])
})
