// The wall clocks of API and worker jump while a job trains: it neither loses nor repeats anything, nor misses its deadline.

import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import supertest from 'supertest'
import type { Checkpoint, JobEvent } from '@unroll/spec'
import { getJob, longJob, pollToTheEnd, submit } from './jobs.ts'
import { eventually, startService, type Service } from './service.ts'

const HOUR_MS = 3_600_000
const STEPS = 800
const JOB = longJob(STEPS, { checkpoint: { every_steps: 40 }, deadline_seconds: 1_800 })
const JUMPING_CLOCK = new URL('../../e2e/jumping_clock.mjs', import.meta.url)

describe('a service whose clocks jump', { concurrency: false }, () => {
  let folder: string
  let clockFile: string
  let service: Service
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'unroll-clock-'))
    clockFile = join(folder, 'clock')
    await writeFile(clockFile, '0')
    service = await startService({
      TEST_CLOCK_FILE: clockFile,
      NODE_OPTIONS: `${process.env['NODE_OPTIONS'] ?? ''} --import ${JUMPING_CLOCK.href}`,
    })
  })
  after(async () => {
    assert.equal(await service.stop(), 0, service.output())
    await rm(folder, { recursive: true, force: true })
  })

  const get = async <T>(path: string): Promise<T> => (await supertest(service.url).get(path).expect(200)).body as T

  /** Sets the clocks of the service, and waits until every process that has one has seen it. The child that trains has none. */
  async function jump(offsetMs: number): Promise<void> {
    await writeFile(clockFile, String(offsetMs))
    const [starter, _redis, ...apps] = JSON.parse(await readFile(join(service.dataFolder, 'unroll.pid'), 'utf8')) as {
      pid: number
    }[]
    assert.ok(starter)
    assert.equal(apps.length, 2, 'an API and a worker')
    const pids = [starter, ...apps].map(({ pid }) => pid)
    await eventually(`clocks are ${offsetMs} ms off`, async () => {
      const lines = (await readFile(`${clockFile}.jumped`, 'utf8').catch(() => '')).split('\n')
      return pids.every((pid) => lines.includes(`${pid} ${offsetMs}`)) || undefined
    })
  }

  async function ended(id: string): Promise<object> {
    const { steps, series } = await pollToTheEnd(service.url, id)
    delete series['step_ms']
    const { data } = await get<{ data: Checkpoint[] }>(`/v1/jobs/${id}/checkpoints`)
    const { status, attempts } = await getJob(service.url, id)
    return { steps, series, sha256: data[0]?.sha256, status, attempts: attempts.length }
  }

  async function trainedBeyond(id: string, step: number): Promise<void> {
    await eventually(
      `job ${id} trains beyond step ${step}`,
      async () => (await getJob(service.url, id)).progress.step > step || undefined,
    )
  }

  test('a job that trains while clocks go an hour ahead, then two back, is trained once, to the same weights', async (t) => {
    const calm = await ended((await submit(service.url, JOB)).id)

    const { id } = await submit(service.url, JOB)
    await trainedBeyond(id, 0)
    for (const offset of [HOUR_MS, -HOUR_MS]) {
      await jump(offset)
      const { step } = (await getJob(service.url, id)).progress
      assert.ok(step < STEPS, `The job was over before clocks were ${offset} ms off`)
      await trainedBeyond(id, step)
    }
    assert.deepEqual(await ended(id), calm)

    const events = await get<{ data: JobEvent[] }>(`/v1/jobs/${id}/events?limit=100`)
    const seqs = events.data.map(({ seq }) => seq)
    assert.deepEqual(
      seqs,
      seqs.map((_, index) => index + 1),
      'events are in the order in which they happened',
    )
    const times = events.data.map(({ created_at }) => Date.parse(created_at))
    t.diagnostic(`${events.data.length} events over ${(Math.max(...times) - Math.min(...times)) / 1000} s`)
    assert.deepEqual(
      times,
      times.toSorted((a, b) => a - b),
    )
    assert.ok(Math.max(...times) - Math.min(...times) < HOUR_MS / 2, 'Events are dated by a clock that jumped')
  })

  test('a job that is submitted after clocks went back is trained too', async () => {
    const { id } = await submit(service.url, longJob(20))
    const { status } = (await ended(id)) as { status: string }
    assert.equal(status, 'succeeded')
  })
})
