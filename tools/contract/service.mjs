import { join } from 'node:path'

import { provideBuild } from '../provision/build.mjs'
import { provideRedis } from '../provision/redis.mjs'
import { root } from '../repository.mjs'
import { Child } from '../service/child.mjs'
import { freePort } from '../service/ports.mjs'
import { startRedis } from '../service/redis.mjs'

const HOST = '127.0.0.1'
const STARTED_MS = 60_000
const JOBS = 5
const BODY = { model: { cell: 'rnn' }, data: { task: 'adding' } }

/**
 * The API beside a Redis of its own, with a few jobs, of which one has a gradient norm of Infinity.
 * @param {string} folder
 * @returns {Promise<{ url: string, job: string, stop: () => Promise<void> }>}
 */
export async function startApi(folder) {
  await provideBuild()
  const redis = await startRedis({ server: await provideRedis(), folder: join(folder, 'redis'), onGiveUp: () => {} })
  const port = await freePort(HOST)
  const url = `http://${HOST}:${port}`
  const api = new Child({
    name: 'api',
    command: process.execPath,
    args: [join(root, 'apps/api/dist/main.js')],
    env: { ...process.env, HOST, PORT: String(port), REDIS_URL: redis.url, UNROLL_DATA_DIR: join(folder, 'data') },
    logFile: join(folder, 'api.log'),
    stopMs: 10_000,
    onGiveUp: () => {},
  })
  api.start()
  await untilReady(url)
  return {
    url,
    job: await seed(url, redis.url),
    stop: async () => {
      await api.stop()
      await redis.child.stop()
    },
  }
}

/** @param {string} url */
async function untilReady(url) {
  const until = Date.now() + STARTED_MS
  while (!(await fetch(`${url}/readyz`).catch(() => undefined))?.ok) {
    if (Date.now() > until) throw new Error(`Cannot reach the API at ${url}`)
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

/**
 * @param {string} url
 * @param {string} redisUrl
 */
async function seed(url, redisUrl) {
  const { openStore } = await import(join(root, 'packages/store/dist/index.js'))
  const store = await openStore({ url: redisUrl })
  /** @type {string[]} */
  const made = []
  for (let at = 0; at < JOBS; at++) {
    const answer = await fetch(`${url}/v1/jobs`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ ...BODY, sequence_length: at + 2 }),
    })
    made.push(/** @type {{ id: string }} */ (await answer.json()).id)
  }
  const job = made[0] ?? ''
  const { epoch } = await store.jobs.claim(job, 'wrk_contract')
  await store.jobs.move(job, epoch, 'running')
  const rows = [1, Infinity].map((grad_norm, at) => ({ step: at + 1, series: { loss: 1, grad_norm } }))
  await store.metrics.append(job, epoch, { firstSeq: 1, rows })
  await store.jobs.move(job, epoch, 'succeeded') // else the watch takes it from a worker that is not there
  await store.close()
  return job
}
