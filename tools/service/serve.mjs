import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { isIPv6 } from 'node:net'
import { join } from 'node:path'

import { provideBuild } from '../provision/build.mjs'
import { provideDependencies } from '../provision/dependencies.mjs'
import { provideEngine } from '../provision/libtensorflow.mjs'
import { provideRedis } from '../provision/redis.mjs'
import { root } from '../repository.mjs'
import { Child, RESTART } from './child.mjs'
import { APP_ENVIRONMENT, COMMANDS, NODE_FLAGS } from './commands.mjs'
import { submitExamples } from './examples.mjs'
import { claimDataFolder } from './instance.mjs'
import { askHttp } from './liveness.mjs'
import { loudLine, shownLine } from './log-lines.mjs'
import { freePort } from './ports.mjs'
import { untilReady } from './ready.mjs'
import { startRedis } from './redis.mjs'
import { choosePort, readSettings } from './settings.mjs'
import { supervise } from './supervise.mjs'

/** @import { App, Command } from './commands.mjs' */
/** @import { Instance } from './instance.mjs' */
/** @import { Settings } from './settings.mjs' */

const READY_MS = 60_000
/** Within the data folder. */
const REDIS_FOLDER = 'redis'
const FIRST_KEY = 'admin.key'
/**
 * How long API and worker may give no answer. Long enough to be told from having to wait for a processor on a machine that
 * trains, and short enough for an API that is back within 15 s: a pause and its start take the rest.
 */
const SILENCE_MS = 7_000
/**
 * How long each may take to stop. A command stops them in the opposite of its starting order, so that the worker can still hand
 * back what it trains.
 * @type {Record<App, number>}
 */
const STOP_MS = { api: 10_000, worker: 20_000 }
/** Where each says that it is ready. @type {Record<App, string>} */
const READY_PATHS = { api: '/readyz', worker: '/livez' }
/** @type {Record<string, string>} */
const LOOPBACK = { '0.0.0.0': '127.0.0.1', '::': '::1' }

/**
 * Provides what a command needs, runs it until a signal comes or a part of it never comes up, and stops it.
 * @param {keyof typeof COMMANDS} name
 * @returns {Promise<number>} the exit code: 0 after a signal
 */
export async function serve(name) {
  const since = performance.now()
  const command = COMMANDS[name]
  const settings = readSettings(process.env, command)
  const instance = await claimDataFolder(settings.dataFolder)
  const hadKey = readFirstKey(settings.dataFolder) !== undefined
  try {
    const port = command.apps.includes('api') ? await choosePort(settings) : 0
    await provideDependencies()
    await provideBuild(command.projects)
    if (command.apps.includes('worker')) await provideEngine(settings.engine)
    const server =
      settings.redisUrl === undefined ? await provideRedis(join(settings.dataFolder, REDIS_FOLDER)) : undefined
    const addresses = await addressesOf(settings, port)
    const [first = 'api'] = command.apps
    return await supervise(
      (halt) => startChildren(command, settings, { server, addresses, instance, halt }),
      async (signal) => {
        const { url } = addresses[first]
        await untilReady(`${url}${READY_PATHS[first]}`, { limitMs: READY_MS, signal })
        const key = readFirstKey(settings.dataFolder)
        if (settings.examples) await submitExamples(url, { dataFolder: settings.dataFolder, key, signal })
        console.log(command.announcement(url, since))
        if (key !== undefined && !hadKey)
          console.log(
            `  Key:   ${key}\n         of scope admin, also in ${join(settings.dataFolder, FIRST_KEY)}: it is not shown again\n`,
          )
      },
    )
  } finally {
    instance.release()
  }
}

/**
 * The key that the first start of a service makes which other machines reach.
 * @param {string} dataFolder
 * @returns {string | undefined}
 */
function readFirstKey(dataFolder) {
  const file = join(dataFolder, FIRST_KEY)
  return existsSync(file) ? readFileSync(file, 'utf8').trim() : undefined
}

/**
 * Starts Redis, where none was given, and then the apps; gives each as soon as it runs.
 * @param {Command} command
 * @param {Settings} settings
 * @param {{ server: string | undefined, addresses: Record<App, Address>, instance: Instance, halt: AbortController }} options
 */
async function* startChildren({ apps, joins, starts }, settings, { server, addresses, instance, halt }) {
  const { dataFolder } = settings
  const onStart = (/** @type {number} */ pid) => instance.add(pid)
  const onGiveUp = () => halt.abort(new Error('a part of the service does not come up'))
  let redisUrl = settings.redisUrl
  if (server !== undefined) {
    const redis = await startRedis({ server, folder: join(dataFolder, REDIS_FOLDER), onStart, onGiveUp })
    redisUrl = redis.url
    yield redis.child
  }
  const env = {
    ...process.env,
    HOST: settings.host,
    PORT: String(addresses.api.port),
    REDIS_URL: redisUrl,
    UNROLL_DATA_DIR: dataFolder,
    UNROLL_METRICS_HOST: settings.metrics.host,
    UNROLL_METRICS_PORT: String(addresses.worker.port),
  }
  mkdirSync(join(dataFolder, 'logs'), { recursive: true })
  for (const name of apps) {
    const child = new Child({
      name,
      command: process.execPath,
      args: [...NODE_FLAGS[name], join(root, 'apps', name, 'dist', 'bundle', 'main.js')],
      env: { ...APP_ENVIRONMENT[name], ...env },
      logFile: join(dataFolder, 'logs', `${name}.log`),
      stopMs: STOP_MS[name],
      show: joins ? shownLine : loudLine,
      liveness: { ask: askHttp(`${addresses[name].url}/livez`), silenceMs: SILENCE_MS },
      restart: { ...RESTART, starts },
      onStart,
      onGiveUp,
    })
    child.start()
    yield child
  }
}

/** @typedef {{ url: string, port: number }} Address */

/**
 * Where each app answers: the worker on a port that it is told even where none was asked for.
 * @param {Settings} settings
 * @param {number} port of the API
 * @returns {Promise<Record<App, Address>>}
 */
async function addressesOf({ host, metrics }, port) {
  const isGiven = metrics.port !== undefined && metrics.port !== '0'
  return {
    api: addressOf(host, port),
    worker: addressOf(metrics.host, isGiven ? Number(metrics.port) : await freePort(metrics.host)),
  }
}

/**
 * @param {string} host
 * @param {number} port
 * @returns {Address}
 */
function addressOf(host, port) {
  const reached = LOOPBACK[host] ?? host
  return { url: `http://${isIPv6(reached) ? `[${reached}]` : reached}:${port}`, port }
}
