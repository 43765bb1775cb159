// The whole service with its artifacts in an S3-compatible object store.

import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import supertest from 'supertest'
import { openArtifacts, type Artifacts } from '@unroll/artifacts'
import type { Checkpoint, Dataset, Job, Worker } from '@unroll/contract'
import { Hold } from './held.ts'
import { pollToTheEnd, submit } from './jobs.ts'
import { eventually, startService, type Service } from './service.ts'

const STEPS = 24
const EVERY = 4
const HELD_AT = 3 * EVERY + 2

/** See tools/tests/s3.mjs. */
interface S3Server {
  url: string
  s3: { accessKeyId: string; secretAccessKey: string; endpoint: string }
  faults: { act: 'refuse'; method: string; times: number }[]
  fired: () => number
  stop: () => Promise<void>
}

const S3 = new URL('../../../tools/tests/s3.mjs', import.meta.url)

describe('the service with its artifacts in S3', { concurrency: false }, () => {
  let server: S3Server
  let hold: Hold
  let service: Service
  let artifacts: Artifacts
  let dataset: Dataset
  let undisturbed: Run

  interface Run {
    job: Job
    steps: number[]
    losses: unknown[] | undefined
    checkpoint: Checkpoint
  }

  before(async () => {
    server = await ((await import(S3.href)) as { startS3: () => Promise<S3Server> }).startS3()
    const { accessKeyId, secretAccessKey, endpoint } = server.s3
    artifacts = openArtifacts(server)
    hold = await Hold.at(HELD_AT)
    service = await startService({
      UNROLL_FAULTS: hold.faults,
      UNROLL_ARTIFACTS: server.url,
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
      AWS_ENDPOINT_URL_S3: endpoint,
    })
  })
  after(async () => {
    await hold?.close()
    assert.equal(await service?.stop(), 0, service?.output())
    await server?.stop()
  })

  const get = async <T>(path: string): Promise<T> => (await supertest(service.url).get(path).expect(200)).body as T
  const keysBelow = async (prefix: string) => {
    const keys: string[] = []
    for await (const { key } of artifacts.list(prefix)) keys.push(key)
    return keys
  }
  const job = () => ({
    model: { cell: 'gru', hidden_size: 16 },
    data: { dataset: dataset.id },
    sequence_length: 20,
    bptt: { mode: 'truncated', k1: 10, k2: 20 },
    training: { batch_size: 8, max_steps: STEPS },
    checkpoint: { every_steps: EVERY, keep_latest: 2 },
  })

  async function ended(id: string): Promise<Run> {
    const { steps, series } = await pollToTheEnd(service.url, id)
    const [checkpoint] = (await get<{ data: Checkpoint[] }>(`/v1/jobs/${id}/checkpoints`)).data
    assert.ok(checkpoint)
    return { job: await get<Job>(`/v1/jobs/${id}`), steps, losses: series['loss'], checkpoint }
  }

  test('a text that is uploaded lies there, and nowhere else', async () => {
    const text = 'the quick brown fox jumps over the lazy dog. '.repeat(200)
    const upload = await supertest(service.url).post('/v1/datasets').type('text/plain').send(text).expect(201)
    dataset = upload.body as Dataset
    assert.deepEqual(await keysBelow('datasets'), [`datasets/${dataset.id}`])
    assert.ok(!existsSync(join(service.dataFolder, 'artifacts')))
  })

  test('a run on it keeps its checkpoints there, and gives them back', async () => {
    undisturbed = await ended((await submit(service.url, job())).id)
    const { job: run, checkpoint } = undisturbed
    assert.deepEqual([run.status, checkpoint.step], ['succeeded', STEPS])
    const path = `/v1/jobs/${run.id}/checkpoints/${checkpoint.id}/content`
    const { body } = await supertest(service.url).get(path).expect(200)
    assert.equal(
      createHash('sha256')
        .update(body as Buffer)
        .digest('hex'),
      checkpoint.sha256,
    )
  })

  test('a worker that is killed costs nothing of the run, though the object store is out of order for a while', async (t) => {
    const fired = server.fired()
    server.faults.push({ act: 'refuse', method: 'PUT', times: 3 }, { act: 'refuse', method: 'GET', times: 3 })
    await hold.engage()
    const { id } = await submit(service.url, job())
    await hold.untilHeld()
    await eventually('a second checkpoint is written', async () =>
      (await get<{ data: Checkpoint[] }>(`/v1/jobs/${id}/checkpoints`)).data.length >= 2 ? true : undefined,
    )
    const worker = await eventually('a worker has the job', async () =>
      (await get<{ data: Worker[] }>('/v1/workers')).data.find(({ slots }) => slots.some((slot) => slot.job === id)),
    )
    process.kill(worker.pid, 'SIGKILL')
    await hold.release()
    const run = await ended(id)
    assert.equal(server.fired(), fired + 6, 'the faults have been met')
    assert.deepEqual(run.steps, undisturbed.steps)
    assert.deepEqual(run.losses, undisturbed.losses)
    assert.equal(run.checkpoint.sha256, undisturbed.checkpoint.sha256)
    assert.deepEqual(
      run.job.attempts.map(({ end_reason }) => end_reason),
      ['worker_lost', null],
    )
    const from = run.job.attempts[1]?.from_step ?? 0
    assert.ok([2 * EVERY, 3 * EVERY].includes(from), `${from}`)
    t.diagnostic(`went on from step ${from}`)
  })

  test('a job and a data set that are deleted leave nothing there', async () => {
    const jobs = await get<{ data: Job[] }>('/v1/jobs')
    assert.equal(jobs.data.length, 2)
    for (const { id } of jobs.data) {
      assert.ok((await keysBelow(`jobs/${id}`)).length > 0)
      await supertest(service.url).delete(`/v1/jobs/${id}`).expect(204)
      await eventually('its artifacts are gone', async () => (await keysBelow(`jobs/${id}`)).length === 0 || undefined)
    }
    await supertest(service.url).delete(`/v1/datasets/${dataset.id}`).expect(204)
    assert.deepEqual(await keysBelow('datasets'), [])
  })
})
