import assert from 'node:assert/strict'
import { chown, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

import { provideRedis } from '../provision/redis.mjs'
import { secondsSince } from '../provision/step.mjs'
import { freePort } from '../service/ports.mjs'
import { startRedis } from '../service/redis.mjs'
import { buildImage, provideBase, requireBuilder } from './build.mjs'
import { Container } from './container.mjs'

const USER = 1000
const HOST = '127.0.0.1'
const READY_MS = 120_000
const TRAINED_MS = 300_000

/** Workers, by their image, with what they need to train on a machine without a GPU. @type {Record<string, Record<string, string>>} */
const WORKERS = { worker: {}, 'worker-cuda': { CUDA_VISIBLE_DEVICES: '' } }
const TARGETS = ['api', ...Object.keys(WORKERS)]

const JOB = {
  model: { cell: 'lstm', hidden_size: 16, layers: 2 },
  data: { task: 'adding' },
  sequence_length: 20,
  training: { batch_size: 8, max_steps: 50, seed: 3 },
  observe: { flow_every: 5 },
}

/**
 * Replays the images and trains in them.
 * @param {string[]} targets none means all; the API's is always among them
 * @returns {Promise<number>} the exit code
 */
export async function testImages(targets) {
  const unknown = targets.filter((target) => !TARGETS.includes(target))
  if (unknown.length > 0) throw new RangeError(`Cannot replay "${unknown.join()}": known are ${TARGETS.join(', ')}`)
  requireBuilder()
  const base = await provideBase()
  /** @type {Record<string, string>} */
  const images = {}
  for (const target of TARGETS.filter((one) => one === 'api' || targets.length === 0 || targets.includes(one))) {
    const since = performance.now()
    const { image, steps } = await buildImage(target, base)
    assert.ok(steps > 0, `Replayed no step of ${target}`)
    console.log(`  ✓ ${target}: ${steps} steps replayed (${secondsSince(since)})`)
    images[target] = image
  }
  const trained = await trainInEach(images)
  console.log(`  ✓ ${trained} jobs trained, in as many images of workers`)
  return trained > 0 ? 0 : 1
}

/**
 * @param {Record<string, string>} images
 * @returns {Promise<number>} how many jobs were trained
 */
async function trainInEach({ api: apiImage = '', ...workers }) {
  const folder = await mkdtemp(join(tmpdir(), 'unroll-images-'))
  const data = await mkdtemp(join(folder, 'data-'))
  await chown(data, USER, USER)
  const server = await provideRedis()
  const { url: redisUrl, child } = await startRedis({ server, folder: join(folder, 'redis'), onGiveUp: () => {} })
  const port = await freePort(HOST)
  const given = { REDIS_URL: redisUrl }
  const api = await Container.open(apiImage, { data, environment: { ...given, HOST, PORT: String(port) } })
  try {
    api.start()
    await checkContainer('api', api)
    for (const [target, image] of Object.entries(workers)) {
      const metrics = { UNROLL_METRICS_HOST: HOST, UNROLL_METRICS_PORT: String(await freePort(HOST)) }
      const environment = { ...given, ...metrics, ...WORKERS[target] }
      await trainIn(target, await Container.open(image, { data, environment }), `http://${HOST}:${port}`)
    }
  } finally {
    assert.equal(await api.close(), 0, api.log)
    await child.stop()
    await rm(folder, { recursive: true })
  }
  return Object.keys(workers).length
}

/**
 * Trains a job by the only worker that there is, and shows what it was trained on.
 * @param {string} target
 * @param {Container} worker
 * @param {string} url of the API
 */
async function trainIn(target, worker, url) {
  try {
    worker.start()
    await checkContainer(target, worker)
    await until('the worker takes jobs', worker, () => worker.log.includes('worker takes jobs'), READY_MS)
    const headers = { 'content-type': 'application/json' }
    const { id } = await ask(`${url}/v1/jobs`, { method: 'POST', headers, body: JSON.stringify(JOB) })
    const job = await until(`job ${id} ends`, worker, () => ended(`${url}/v1/jobs/${id}`), TRAINED_MS)
    assert.equal(job.status, 'succeeded', JSON.stringify(job.error ?? job))
    const { data: fleet } = await ask(`${url}/v1/workers`)
    const record = fleet.find((/** @type {{ status: string }} */ { status }) => status === 'online')
    assert.equal(record.engine, 'tensorflow')
    console.log(
      `  ✓ ${target}: job ${id} ${job.status} after ${job.progress.step} steps on ${record.engine}, ${record.device}`,
    )
    console.log(
      `      engine_reason: ${record.engine_reason ?? 'not told'}; versions: ${JSON.stringify(record.versions)}`,
    )
  } finally {
    assert.equal(await worker.close(), 0, worker.log)
  }
}

/**
 * The promises of every image: its own user, a root that cannot be written, a health check that tells.
 * @param {string} target
 * @param {Container} container
 */
async function checkContainer(target, container) {
  await until('the health check passes', container, () => container.isHealthy(), READY_MS)
  const { output: user } = await container.exec(['id', '-u'])
  assert.equal(user, String(USER))
  const { code, output } = await container.exec(['touch', '/app/written', '/home/node/written', '/etc/written'])
  assert.ok(code !== 0 && output.match(/Read-only file system|Permission denied/g)?.length === 3, output)
  assert.deepEqual(await container.exec(['touch', '/tmp/written', '/data/written']), { code: 0, output: '' })
  const { code: found } = await container.exec(['sh', '-c', 'command -v g++ || command -v python3'])
  assert.notEqual(found, 0, 'the image carries a compiler or Python')
  console.log(`  ✓ ${target}: health check passes, user ${user}, root read-only, no compiler and no Python`)
}

/**
 * @param {string} what
 * @param {Container} container
 * @param {() => any} probe
 * @param {number} limitMs
 */
async function until(what, container, probe, limitMs) {
  const since = performance.now()
  for (;;) {
    const answer = await probe()
    if (answer) return answer
    assert.ok(!container.hasEnded, `It ended before ${what}:\n${container.log}`)
    assert.ok(performance.now() - since < limitMs, `Waited ${limitMs} ms in vain until ${what}:\n${container.log}`)
    await sleep(200)
  }
}

/** @param {string} url of a job */
async function ended(url) {
  const job = await ask(url)
  return job.finished_at === null ? undefined : job
}

/**
 * @param {string} url
 * @param {RequestInit} [options]
 * @returns {Promise<any>}
 */
async function ask(url, options) {
  const answer = await fetch(url, options)
  const body = await answer.json()
  assert.ok(answer.ok, `${url} answered ${answer.status}: ${JSON.stringify(body)}`)
  return body
}
