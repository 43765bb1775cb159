// Jobs that start from weights of other jobs and other tools.

import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { decodeSafetensors } from '@unroll/formats'
import type { Checkpoint, Job, JobEvent, Weights } from '@unroll/contract'
import supertest from 'supertest'
import { getJob, pollToTheEnd, smallJob, submit } from './jobs.ts'
import { startService, type Service } from './service.ts'

const STEPS = 20

describe('jobs with init_from, with real Redis and real worker processes', { concurrency: false }, () => {
  let service: Service
  let source: { job: string; checkpoint: string }
  before(async () => {
    service = await startService()
    const { id } = await submit(service.url, small({}))
    await pollToTheEnd(service.url, id)
    source = { job: id, checkpoint: (await newest(id)).id }
  })
  after(async () => {
    assert.equal(await service.stop(), 0, service.output())
  })

  const small = (more: object) => smallJob(STEPS, { optimizer: { type: 'adam', learning_rate: 0.01 }, ...more })
  const newest = async (job: string) => {
    const { body } = await supertest(service.url).get(`/v1/jobs/${job}/checkpoints`).expect(200)
    return (body as { data: Checkpoint[] }).data[0]!
  }
  const download = async (job: string, checkpoint: string, format: string) => {
    const path = `/v1/jobs/${job}/checkpoints/${checkpoint}/content?format=${format}`
    return (await supertest(service.url).get(path).responseType('blob').expect(200)).body as Buffer
  }
  const upload = async (file: Buffer) => {
    const sent = supertest(service.url).post('/v1/weights').type('application/octet-stream').send(file)
    return ((await sent.expect(201)).body as Weights).id
  }
  /** Trains a job from weights; those that were uploaded are deleted once it is submitted. */
  const trainFrom = async (init_from: Partial<NonNullable<Job['spec']['init_from']>>, more: object = {}) => {
    const { id } = await submit(service.url, small({ ...more, init_from }))
    if (init_from.weights !== undefined)
      await supertest(service.url).delete(`/v1/weights/${init_from.weights}`).expect(204)
    const { series } = await pollToTheEnd(service.url, id)
    const job = await getJob(service.url, id)
    assert.equal(job.status, 'succeeded', JSON.stringify(job.error))
    return { job, losses: series['loss'] as number[] }
  }
  const events = async ({ id }: Job) => {
    const { body } = await supertest(service.url).get(`/v1/jobs/${id}/events?limit=100`).expect(200)
    return (body as { data: JobEvent[] }).data
  }

  test('a network that went through the names of PyTorch and ours trains to the same losses as its checkpoint', async () => {
    const direct = await trainFrom(source)
    const { losses: fresh } = await trainFrom(
      { ...source, strict: false },
      { training: { batch_size: 8, max_steps: STEPS, seed: 4 } },
    )
    assert.notDeepEqual(fresh, direct.losses, 'another seed has other data')
    for (const format of ['pytorch', 'safetensors', 'state']) {
      const weights = await upload(await download(source.job, source.checkpoint, format))
      const { losses, job } = await trainFrom({ weights })
      assert.equal(losses.length, direct.losses.length)
      const largest = Math.max(...losses.map((loss, at) => Math.abs(loss - direct.losses[at]!)))
      assert.ok(largest <= 1e-5, `${format}: ${largest}`)
      const loaded = (await events(job)).find(({ code }) => code === 'weights_loaded')!
      assert.deepEqual(
        [loaded.data['layout'], (loaded.data['taken'] as object[]).length > 5, loaded.data['left']],
        [format, true, []],
      )
    }
  })

  test('the state of the optimizer is taken bit for bit from a checkpoint and from its file, and frozen layers stay', async () => {
    const more = { training: { batch_size: 8, max_steps: STEPS, seed: 3, freeze: ['layers.0'] } }
    const direct = await trainFrom({ ...source, optimizer: true }, more)
    const weights = await upload(await download(source.job, source.checkpoint, 'state'))
    const again = await trainFrom({ weights, optimizer: true }, more)
    assert.deepEqual(again.losses, direct.losses)
    const without = await trainFrom(source, more)
    assert.notDeepEqual(without.losses, direct.losses)
    const [kept, one, other] = await Promise.all(
      [source.job, direct.job.id, again.job.id].map(
        async (job) => await download(job, (await newest(job)).id, 'state'),
      ),
    )
    assert.deepEqual(one, other)
    const [was, is] = [decodeSafetensors(kept!).tensors, decodeSafetensors(one!).tensors]
    assert.deepEqual(is['layers.0.Wh'], was['layers.0.Wh'])
    assert.notDeepEqual(is['layers.1.Wh'], was['layers.1.Wh'])
    assert.equal(is['moments.m.layers.0.Wh'], undefined)
  })
})
