// The worker process: holds the connection to Redis, takes jobs and trains each in a child process.

import { randomBytes } from 'node:crypto'
import { totalmem } from 'node:os'
import { openArtifacts } from '@unroll/artifacts'
import closeWithGrace from 'close-with-grace'
import { armFailpoints } from '@unroll/failpoints'
import { newId } from '@unroll/contract'
import { collectDefaultMetrics, openTracing, serveMetrics } from '@unroll/telemetry'
import { pino } from 'pino'
import { readConfig } from './config.ts'
import { consume } from './consume.ts'
import { GpuInventory } from './gpus/inventory.ts'
import { Instruments } from './fleet/instruments.ts'
import { askFresh, askKept } from './inference/asked_children.ts'
import { EVALUATIONS } from './inference/evaluations.ts'
import { answerRecorded } from './inference/recorded.ts'
import { REPLAYING, REPLAYS } from './inference/replays.ts'
import { Predictor } from './inference/predictor.ts'
import { SessionHost } from './sessions/session_host.ts'
import { joinFleet } from './fleet/joining.ts'
import { VISIBLE, jobVariables } from './children/job_variables.ts'
import { endOnError } from './attempt/refusal.ts'
import { Registration, toAccelerator } from './fleet/registration.ts'
import { Slots } from './fleet/slots.ts'
import { WarmChildren } from './children/warm_children.ts'

/** Time to return the running jobs on a stop request. The process exits within STOP_MS in any case. */
const DRAIN_MS = 3_000
const STOP_MS = 5_000

const NO_MEMORY =
  'no memory is left for jobs beside the processes that wait for them: give this worker more, or fewer UNROLL_SLOTS, or say by UNROLL_MEMORY_BYTES what a job may need'

const stopRefusing = endOnError()
const config = readConfig()
const workerId = newId('worker', Date.now(), randomBytes(16))
const log = pino({ level: config.logLevel, base: { service: 'worker', workerId } })

const store = await joinFleet(config, workerId, log)
if (config.faults !== undefined) armFailpoints(config.faults)
const inventory = await GpuInventory.open({
  tool: config.nvidiaSmi,
  environment: config.childEnvironment,
  visible: ['auto', 'tensorflow'].includes(config.engine) ? config.childEnvironment[VISIBLE] : '', // others know no GPU
  log,
})
const slots = new Slots({ inventory, count: config.slots })
const children = new WarmChildren({
  engine: config.engine,
  niceness: config.niceness,
  silenceMs: config.childSilenceMs,
  environment: config.childEnvironment,
  variables: () => slots.devices.map((gpus) => jobVariables(gpus, {})),
  log,
})
const { idleBytes, ...engine } = await children.start().catch(refuse)
log.info({ step: 'Engine', ...engine }, `${engine.engine} on ${engine.device}`)
if (engine.isFallback) log.warn(engine.reason)
const waitingBytes = (slots.count + 1) * idleBytes // and one that answers predictions
const processBytes = config.memoryBytes ?? Math.max(0, availableMemory() - waitingBytes)
if (processBytes === 0) log.warn({ availableBytes: availableMemory(), waitingBytes, slots: slots.count }, NO_MEMORY)
slots.limit({ onGpu: toAccelerator(engine.device) === 'gpu', processBytes, mostBytes: config.memoryBytes })
const registration = new Registration(store, log, {
  id: workerId,
  slots,
  engine,
  labels: config.labels,
  preemptionAfterSeconds: config.preemptionAfterSeconds,
})
await registration.start()
const instruments = new Instruments(slots, registration)
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
  registration,
  gpus: inventory,
  children,
  artifacts: config.artifacts,
  memoryMarginBytes: config.memoryMarginBytes,
  faults: config.faults,
  instruments,
  tracing,
}
const consumer = consume(context, registration, slots)
const hasGpus = registration.accelerator === 'gpu'
const beside = { ...context, hasGpus }
/** Memory of the children beside jobs, of which one was subtracted at the start. */
const besideBytes = { predictions: 0, sessions: 0, replays: 0 }
const hold = (what: keyof typeof besideBytes) => (bytes: number) => {
  besideBytes[what] = bytes
  const { predictions, sessions, replays } = besideBytes
  if (config.memoryBytes === undefined) slots.reserve(predictions + sessions + replays - idleBytes) // a bound of the operator is of jobs alone
}
const files = openArtifacts(config.artifacts)
const answering = [
  answerRecorded(context, EVALUATIONS, askFresh(beside)),
  answerRecorded(context, REPLAYS, askKept({ ...beside, onHolds: hold('replays') }, REPLAYING)),
  new Predictor({ ...beside, onHolds: hold('predictions') }),
  new SessionHost({ ...beside, files, idleMs: config.sessionIdleMs, onHolds: hold('sessions') }),
]
await registration.obey({
  drain(running) {
    consumer.drain(running)
    for (const each of answering) each.drain()
  },
  undrain() {
    consumer.undrain()
    for (const each of answering) each.undrain()
  },
})
inventory.watch(() => {
  slots.check()
  children.refill()
})
stopRefusing()
const { accelerator, labels } = registration
log.info({ slots: slots.count, gpus: slots.gpus, accelerator, labels }, 'worker takes jobs')

/** @throws {Error} because it cannot train with its settings */
function refuse(error: Error): never {
  throw new Error(`Cannot start as UNROLL_ENGINE is "${config.engine}": ${error.message}`, { cause: error })
}

/** Memory that the process may use, in bytes. */
function availableMemory(): number {
  return Math.min(totalmem(), process.constrainedMemory() || Infinity)
}

closeWithGrace({ delay: STOP_MS, logger: log }, async ({ err, signal }) => {
  if (err) log.error(err, 'stopping on an error')
  else log.info({ signal }, 'stopping')
  inventory.close()
  await registration.drain()
  await Promise.all([consumer, ...answering].map((each) => each.close({ timeoutMs: DRAIN_MS })))
  children.close()
  await registration.stop()
  await store.close()
  await Promise.all([metrics?.close(), tracing.close()])
})
