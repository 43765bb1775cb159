import { join } from 'node:path'

import { provideBuild } from '../provision/build.mjs'
import { provideRedis } from '../provision/redis.mjs'
import { root } from '../repository.mjs'
import { Child } from '../service/child.mjs'
import { freePort } from '../service/ports.mjs'
import { untilReady } from '../service/ready.mjs'
import { startRedis } from '../service/redis.mjs'
import { seed } from './seed.mjs'

/** @import { Seeds } from './seed.mjs' */
/** @typedef {{ url: string, seeds: Seeds, stop: () => Promise<void> }} Service */

const HOST = '127.0.0.1'
const STARTED_MS = 60_000

/**
 * The API beside a Redis of its own, with something to ask for.
 * @param {string} folder
 * @param {Record<string, string>} [settings] further variables of the API
 * @returns {Promise<Service>}
 */
export async function startApi(folder, settings = {}) {
  await provideBuild()
  const redis = await startRedis({ server: await provideRedis(), folder: join(folder, 'redis'), onGiveUp: () => {} })
  const port = await freePort(HOST)
  const url = `http://${HOST}:${port}`
  const artifactsUrl = `file:${join(folder, 'artifacts')}`
  const api = new Child({
    name: 'api',
    command: process.execPath,
    args: [join(root, 'apps/api/dist/main.js')],
    env: {
      ...process.env,
      HOST,
      PORT: String(port),
      REDIS_URL: redis.url,
      UNROLL_DATA_DIR: join(folder, 'data'),
      UNROLL_ARTIFACTS: artifactsUrl,
      ...settings,
    },
    logFile: join(folder, 'api.log'),
    stopMs: 10_000,
    onGiveUp: () => {},
  })
  api.start()
  await untilReady(`${url}/readyz`, { limitMs: STARTED_MS, signal: new AbortController().signal })
  return {
    url,
    seeds: await seed({ url, redisUrl: redis.url, artifactsUrl }),
    stop: async () => {
      await api.stop()
      await redis.child.stop()
    },
  }
}
