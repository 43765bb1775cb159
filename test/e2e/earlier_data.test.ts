// Data directories that earlier commits wrote: a service of today opens them, reads their runs and goes on with the one that
// was paused. `test/fixtures/earlier_data/write.mjs` wrote them.

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import supertest from 'supertest'
import type { Checkpoint, Dataset, Flow, Job, JobEvent, Page } from '@unroll/contract'
import { decodeSafetensors } from '@unroll/formats'
import { getJob, pollToTheEnd, untilJob } from './jobs.ts'
import { startService, type Service } from './service.ts'

const FOLDER = fileURLToPath(new URL('../../fixtures/earlier_data/', import.meta.url)) // from test/dist/e2e
const ARCHIVES = readdirSync(FOLDER).filter((name) => name.endsWith('.tar.gz'))
const STEPS = 20
/** Series of evaluations: a later version may hold out other data, or measure more. They decide no weight. */
const EVALUATED = /^evaluation_/

test('there are data directories of earlier commits', () => assert.ok(ARCHIVES.length > 0))

for (const archive of ARCHIVES) {
  describe(`the data directory that ${archive.replace('.tar.gz', '')} wrote`, { concurrency: false }, () => {
    let service: Service
    let ended: Job
    let paused: Job
    before(async () => {
      const dataFolder = mkdtempSync(join(tmpdir(), 'unroll-earlier-'))
      execFileSync('tar', ['-xzf', join(FOLDER, archive), '-C', dataFolder])
      service = await startService({ UNROLL_DATA_DIR: dataFolder, UNROLL_ENGINE: 'wasm' })
    })
    after(async () => assert.equal(await service.stop(), 0, service.output()))

    const get = async <T>(path: string): Promise<T> => (await supertest(service.url).get(path).expect(200)).body as T
    const newestOf = async (id: string): Promise<Checkpoint> => {
      const { data } = await get<Page<Checkpoint>>(`/v1/jobs/${id}/checkpoints`)
      assert.ok(data[0])
      return data[0]
    }
    const tensorsOf = async (id: string, checkpoint: Checkpoint) => {
      const path = `/v1/jobs/${id}/checkpoints/${checkpoint.id}/content`
      const { body } = await supertest(service.url).get(path).expect(200)
      return decodeSafetensors(body as Buffer).tensors
    }
    const rowsOf = async (id: string) => {
      const { steps, series } = await pollToTheEnd(service.url, id)
      delete series['step_ms'] // the only one that is no function of the specification
      return { steps, series }
    }

    test('lists its runs, each with its specification, events and data set', async (t) => {
      const { data } = await get<Page<Job>>('/v1/jobs')
      const byStatus = (status: Job['status']): Job => {
        const [job, ...others] = data.filter((each) => each.status === status)
        assert.ok(job && others.length === 0, `${status}: ${data.map((each) => each.status).join()}`)
        return job
      }
      ;[ended, paused] = [byStatus('succeeded'), byStatus('paused')]
      assert.equal(data.length, 2)
      assert.ok(paused.progress.step > 0 && paused.progress.step < STEPS, `${paused.progress.step}`)
      for (const job of data) {
        const own = await getJob(service.url, job.id)
        assert.deepEqual({ ...own.spec, metadata: {} }, { ...ended.spec, metadata: {} })
        const events = await get<Page<JobEvent>>(`/v1/jobs/${job.id}/events`)
        assert.ok(events.data.length > 0)
      }
      const datasets = await get<Page<Dataset>>('/v1/datasets')
      assert.deepEqual(
        datasets.data.map(({ name }) => name),
        ['fox'],
      )
      t.diagnostic(`${data.length} runs, one paused after step ${paused.progress.step}`)
    })

    test('has every row and the weights of the run that had ended', async () => {
      const { steps, series } = await rowsOf(ended.id)
      assert.deepEqual(
        steps,
        Array.from({ length: STEPS }, (_, index) => index + 1),
      )
      assert.ok(series['loss']?.every((loss) => typeof loss === 'number'))
      const flow = await get<Flow>(`/v1/jobs/${ended.id}/flow?layer=1`)
      assert.ok(flow.steps.length > 0)
      const newest = await newestOf(ended.id)
      assert.equal(newest.step, STEPS)
      const tensors = await tensorsOf(ended.id, newest)
      for (const name of ['layers.1.Wh', 'moments.v.layers.0.b', 'carried.1.c', 'clipping.mean'])
        assert.ok(tensors[name]?.data.every(Number.isFinite), name)
    })

    test('goes on with the paused run, which ends with the rows and the weights of the undisturbed one, bit for bit', async (t) => {
      await supertest(service.url).post(`/v1/jobs/${paused.id}/resume`).expect(202)
      const job = await untilJob(service.url, paused.id, 'has ended', ({ status }) => status === 'succeeded')
      assert.deepEqual(
        job.attempts.map(({ from_step }) => from_step),
        [0, paused.progress.step],
      )
      const [resumed, undisturbed] = [await rowsOf(job.id), await rowsOf(ended.id)]
      assert.deepEqual(resumed.steps, undisturbed.steps)
      const trained = Object.keys(undisturbed.series).filter((name) => !EVALUATED.test(name))
      assert.ok(trained.length > 10, trained.join())
      for (const name of trained) assert.deepEqual(resumed.series[name], undisturbed.series[name], name)
      const [own, expected] = [await newestOf(job.id), await newestOf(ended.id)]
      assert.equal(own.step, STEPS)
      assert.deepEqual(await tensorsOf(job.id, own), await tensorsOf(ended.id, expected))
      t.diagnostic(`${trained.length} series, from step ${paused.progress.step} to ${job.progress.step}`)
    })
  })
}
