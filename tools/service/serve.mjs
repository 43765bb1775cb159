import { once } from 'node:events'
import { mkdirSync } from 'node:fs'
import { isIPv6 } from 'node:net'
import { join } from 'node:path'

import { SERVICE_PROJECTS, provideBuild } from '../provision/build.mjs'
import { provideDependencies } from '../provision/dependencies.mjs'
import { provideLibtensorflow } from '../provision/libtensorflow.mjs'
import { provideRedis } from '../provision/redis.mjs'
import { secondsSince } from '../provision/step.mjs'
import { root } from '../repository.mjs'
import { Child } from './child.mjs'
import { submitExamples } from './examples.mjs'
import { claimDataFolder } from './instance.mjs'
import { askHttp } from './liveness.mjs'
import { loudLine } from './log-lines.mjs'
import { freePort } from './ports.mjs'
import { untilReady } from './ready.mjs'
import { startRedis } from './redis.mjs'
import { choosePort, readSettings } from './settings.mjs'

/** @import { Instance } from './instance.mjs' */
/** @import { Settings } from './settings.mjs' */

const READY_MS = 60_000
/** Within the data folder. */
const REDIS_FOLDER = 'redis'
/**
 * How long API and worker may give no answer. Long enough to be told from having to wait for a processor on a machine that
 * trains, and short enough for an API that is back within 15 s: a pause and its start take the rest.
 */
const SILENCE_MS = 7_000
/**
 * In starting order; they stop in the opposite one, so that the worker can still hand back what it trains.
 * @type {{ name: 'api' | 'worker', stopMs: number }[]}
 */
const APPS = [
  { name: 'api', stopMs: 10_000 },
  { name: 'worker', stopMs: 20_000 },
]
/** @type {Record<string, string>} */
const LOOPBACK = { '0.0.0.0': '127.0.0.1', '::': '::1' }

/**
 * Provides what the service needs, runs it until a signal comes or a part of it never comes up, and stops it.
 * @returns {Promise<number>} the exit code: 0 after a signal
 */
export async function serve() {
  const since = performance.now()
  const settings = readSettings(process.env)
  const instance = await claimDataFolder(settings.dataFolder)
  try {
    const port = await choosePort(settings)
    await provideDependencies()
    await provideBuild(SERVICE_PROJECTS)
    if (['auto', 'tensorflow'].includes(process.env.UNROLL_ENGINE || 'auto')) await provideLibtensorflow()
    const server =
      settings.redisUrl === undefined ? await provideRedis(join(settings.dataFolder, REDIS_FOLDER)) : undefined
    return await run(settings, { server, port, instance, since })
  } finally {
    instance.release()
  }
}

/**
 * @param {Settings} settings
 * @param {{ server: string | undefined, port: number, instance: Instance, since: number }} options
 */
async function run(settings, { server, port, instance, since }) {
  const halt = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => halt.abort(signal))
  /** @type {Child[]} */
  const children = []
  try {
    for await (const child of startChildren(settings, { server, port, instance, halt })) children.push(child)
    const address = addressOf(settings.host, port)
    await untilReady(`${address}/readyz`, { limitMs: READY_MS, signal: halt.signal })
    if (settings.examples) await submitExamples(address, { dataFolder: settings.dataFolder, signal: halt.signal })
    announce(address, since)
    if (!halt.signal.aborted) await once(halt.signal, 'abort')
  } catch (error) {
    if (!halt.signal.aborted) throw error
  } finally {
    await stopChildren(children.toReversed())
  }
  return typeof halt.signal.reason === 'string' ? 0 : 1
}

/**
 * Starts Redis, where none was given, and then the apps; gives each as soon as it runs.
 * @param {Settings} settings
 * @param {{ server: string | undefined, port: number, instance: Instance, halt: AbortController }} options
 */
async function* startChildren(settings, { server, port, instance, halt }) {
  const { host, dataFolder } = settings
  const onStart = (/** @type {number} */ pid) => instance.add(pid)
  const onGiveUp = () => halt.abort(new Error('a part of the service does not come up'))
  let redisUrl = settings.redisUrl
  if (server !== undefined) {
    const redis = await startRedis({ server, folder: join(dataFolder, REDIS_FOLDER), onStart, onGiveUp })
    redisUrl = redis.url
    yield redis.child
  }
  const metrics = await metricsAddress(settings)
  const env = {
    ...process.env,
    HOST: host,
    PORT: String(port),
    REDIS_URL: redisUrl,
    UNROLL_DATA_DIR: dataFolder,
    UNROLL_METRICS_HOST: metrics.host,
    UNROLL_METRICS_PORT: String(metrics.port),
  }
  const addresses = { api: addressOf(host, port), worker: addressOf(metrics.host, metrics.port) }
  mkdirSync(join(dataFolder, 'logs'), { recursive: true })
  for (const { name, stopMs } of APPS) {
    const args = [join(root, 'apps', name, 'dist', 'bundle', 'main.js')]
    const logFile = join(dataFolder, 'logs', `${name}.log`)
    const child = new Child({
      name,
      command: process.execPath,
      args,
      env,
      logFile,
      stopMs,
      show: loudLine,
      liveness: { ask: askHttp(`${addresses[name]}/livez`), silenceMs: SILENCE_MS },
      onStart,
      onGiveUp,
    })
    child.start()
    yield child
  }
}

/**
 * Where the worker answers, on a port that it is told even where none was asked for.
 * @param {Settings} settings
 */
async function metricsAddress({ metrics: { host, port } }) {
  return { host, port: port === undefined || port === '0' ? await freePort(host) : port }
}

/**
 * @param {string} host
 * @param {number | string} port
 */
function addressOf(host, port) {
  const reached = LOOPBACK[host] ?? host
  return `http://${isIPv6(reached) ? `[${reached}]` : reached}:${port}`
}

/** @param {Child[]} children in stopping order */
async function stopChildren(children) {
  if (children.length === 0) return
  console.log(`\n  Stopping ${children.map(({ name }) => name).join(', then ')}`)
  for (const child of children) await child.stop()
  console.log('  Stopped')
}

/**
 * @param {string} address
 * @param {number} since
 */
function announce(address, since) {
  console.log(`
  Unroll runs at ${address} (started in ${secondsSince(since)})

  Jobs:  curl -s '${address}/v1/jobs?limit=5'
  Stop:  Ctrl-C
`)
}
