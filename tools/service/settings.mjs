import { isAbsolute, join } from 'node:path'

import { root } from '../repository.mjs'
import { freePort, tryPort } from './ports.mjs'

const DEFAULT_PORT = 8080

/**
 * @typedef {object} Settings
 * @property {string} host address to listen on
 * @property {string | undefined} port as given; undefined: 8080, or the first free one after it
 * @property {string} dataFolder absolute
 * @property {string | undefined} redisUrl undefined: run a Redis of our own
 * @property {{ host: string, port: string | undefined }} metrics where the worker answers; undefined: any free port
 * @property {string} engine that a worker is to train on
 * @property {boolean} examples whether a new data folder gets the example jobs
 */

/** @import { Command } from './commands.mjs' */

/** What must be said of a fleet by whoever joins it: there is no default that could be right. */
const WHERE_THE_FLEET_IS = {
  REDIS_URL: "the address of the fleet's Redis, such as rediss://unroll:password@redis.example.net:6379",
  UNROLL_ARTIFACTS:
    'where the fleet keeps data sets and checkpoints: s3://bucket/prefix, or file:/folder that every machine mounts there',
}

/**
 * Reads what may be set from outside: HOST, PORT, REDIS_URL, UNROLL_DATA_DIR, UNROLL_METRICS_HOST, UNROLL_METRICS_PORT, UNROLL_ENGINE, UNROLL_EXAMPLES.
 * @param {NodeJS.ProcessEnv} env
 * @param {Pick<Command, 'joins' | 'folder'>} command
 * @returns {Settings}
 * @throws {Error} when the command joins a fleet and is not told where that is
 */
export function readSettings(env, { joins, folder: within }) {
  const missing = Object.entries(WHERE_THE_FLEET_IS).filter(([name]) => joins && !env[name])
  if (missing.length > 0)
    throw new Error(
      ['Cannot join a fleet without these settings', ...missing.map(([name, what]) => `  ${name}: ${what}`)].join('\n'),
    )
  const host = env.HOST || '127.0.0.1'
  const folder = env.UNROLL_DATA_DIR || '.unroll'
  return {
    host,
    port: env.PORT || undefined,
    dataFolder: join(isAbsolute(folder) ? folder : join(root, folder), within),
    redisUrl: env.REDIS_URL || undefined,
    metrics: metricsOf(env),
    engine: env.UNROLL_ENGINE || 'auto',
    examples: !joins && env.UNROLL_EXAMPLES !== '0',
  }
}

/** @param {NodeJS.ProcessEnv} env */
function metricsOf({ UNROLL_METRICS_HOST: host, UNROLL_METRICS_PORT: port }) {
  // Whoever gives no port wants nobody but this program to be answered.
  return port ? { host: host || '127.0.0.1', port } : { host: '127.0.0.1', port: undefined }
}

/**
 * Chooses the port to listen on.
 * @param {Settings} settings
 * @returns {Promise<number>}
 * @throws {RangeError} when the given one is no port or is taken
 */
export async function choosePort({ host, port }) {
  return port === undefined ? await defaultPort(host) : await givenPort(host, port)
}

/**
 * @param {string} host
 * @param {string} text
 */
async function givenPort(host, text) {
  const port = Number(text)
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new RangeError(`Cannot listen as PORT must be an integer from 0 to 65535: current value is "${text}"`)
  if (port === 0) return await freePort(host)
  const found = await tryPort(host, port)
  if (found === undefined)
    throw new RangeError(`Cannot listen on ${host}:${port} as the port is taken: give another in PORT`)
  return found
}

/** @param {string} host */
async function defaultPort(host) {
  const port = await freePort(host, DEFAULT_PORT)
  if (port !== DEFAULT_PORT) console.log(`  Port ${DEFAULT_PORT} is taken: using ${port}`)
  return port
}
