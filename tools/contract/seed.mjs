import { randomBytes } from 'node:crypto'
import { join } from 'node:path'

import { root } from '../repository.mjs'

const JOBS = 5
const BODY = { model: { cell: 'rnn' }, data: { task: 'adding' } }
const WORKER = 'wrk_contract000000000000'
const STEP = 2
const POLICY = { every_steps: 1, keep_latest: 1, keep_best: 0 }

/**
 * Ids of what there is to ask for; `runs` has the job that the checkpoint is of.
 * @typedef {{ jobs: string[], runs: string[], checkpoints: string[], datasets: string[], workers: string[] }} Seeds
 */

/**
 * A few jobs, the first of which has ended, with a gradient norm of Infinity and a checkpoint; a data set; and a worker that
 * was heard of.
 * @param {{ url: string, redisUrl: string, artifactsUrl: string }} where
 * @returns {Promise<Seeds>}
 */
export async function seed({ url, redisUrl, artifactsUrl }) {
  const [{ openStore }, { openArtifacts, ...artifacts }] = await Promise.all([ours('store'), ours('artifacts')])
  const store = await openStore({ url: redisUrl })
  try {
    /** @type {string[]} */
    const jobs = []
    for (let at = 0; at < JOBS; at++) {
      const body = JSON.stringify({ ...BODY, sequence_length: at + 2, training: { max_steps: 50 } })
      jobs.push(await made(`${url}/v1/jobs`, 'application/json', body))
    }
    const [job = ''] = jobs
    const { epoch } = await store.jobs.claim(job, WORKER)
    await store.jobs.move(job, epoch, 'running')
    const rows = [1, Infinity].map((grad_norm, at) => ({
      step: at + 1,
      series: { loss: 1, grad_norm },
      flow: [{ h: Float32Array.of(grad_norm, 0) }],
    }))
    await store.metrics.append(job, epoch, { firstSeq: 1, rows })
    await store.jobs.heartbeat(job, epoch, { step: STEP })
    const checkpoint = await saved({ ...artifacts, place: openArtifacts(artifactsUrl), store }, job, epoch)
    await store.jobs.move(job, epoch, 'failed', { reason: 'engine_error' }) // one that runs is taken from a worker that is not there
    await store.workers.heartbeat(workerNow())
    const dataset = await made(`${url}/v1/datasets`, 'text/plain', 'to be, or not to be')
    return { jobs, runs: [job], checkpoints: [checkpoint], datasets: [dataset], workers: [WORKER] }
  } finally {
    await store.close()
  }
}

/** @param {string} name of a package */
async function ours(name) {
  return await import(join(root, `packages/${name}/dist/index.js`))
}

/**
 * @param {string} url
 * @param {string} type
 * @param {string} body
 */
async function made(url, type, body) {
  const answer = await fetch(url, { method: 'POST', headers: { 'content-type': type }, body })
  return /** @type {{ id: string }} */ (await answer.json()).id
}

/**
 * @param {any} to artifacts and store: their types are those of compiled packages
 * @param {string} job
 * @param {number} epoch
 */
async function saved({ checkpointFiles, writeCheckpoint, place, store }, job, epoch) {
  const id = `ckpt_${randomBytes(10).toString('hex')}`
  const about = { id, job, epoch, step: STEP, created_at: new Date().toISOString() }
  const tensors = { a: { shape: [1], data: Float32Array.of(1) } }
  const files = checkpointFiles({ tensors, position: { step: STEP } })
  const engine = { name: 'tfjs', backend: 'wasm', versions: {} }
  const { bytes, sha256 } = await writeCheckpoint(place, { ...about, engine }, files)
  await store.checkpoints.register({ ...about, object: 'checkpoint', bytes, sha256, metrics: { loss: 1 } }, POLICY)
  return id
}

function workerNow() {
  const now = new Date().toISOString()
  const where = { host: 'node-1', pid: 1, engine: 'tfjs', device: 'wasm', accelerator: 'cpu', memory_bytes: 2 ** 30 }
  const why = { engine_reason: 'Engine "wasm" was asked for', engine_fallback: false, vector_lanes: null, gpus: [] }
  const seen = { slots: [{ job: null }], status: 'online', started_at: now, last_seen_at: now, versions: {} }
  return { id: WORKER, object: 'worker', ...where, ...why, ...seen }
}
