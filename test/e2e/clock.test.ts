// The wall clocks of API and worker jump while a job trains: it neither loses nor repeats anything, nor misses its deadline.

import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import supertest from 'supertest'
import type { Checkpoint, JobEvent } from '@unroll/contract'
import { Hold } from './held.ts'
import { getJob, pollToTheEnd, smallJob, submit } from './jobs.ts'
import { eventually, startService, type Service } from './service.ts'

const HOUR_MS = 3_600_000
const JOB = smallJob(24, { checkpoint: { every_steps: 4 }, deadline_seconds: 1_800 })
const HELD_AT = 10
const JUMPING_CLOCK = new URL('../../e2e/jumping_clock.mjs', import.meta.url)

describe('a service whose clocks jump', { concurrency: false }, () => {
  let folder: string
  let clockFile: string
  let hold: Hold
  let service: Service
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'unroll-clock-'))
    clockFile = join(folder, 'clock')
    await writeFile(clockFile, '0')
    hold = await Hold.at(HELD_AT)
    service = await startService({
      UNROLL_FAULTS: hold.faults,
      TEST_CLOCK_FILE: clockFile,
      NODE_OPTIONS: `${process.env['NODE_OPTIONS'] ?? ''} --import ${JUMPING_CLOCK.href}`,
    })
  })
  after(async () => {
    await hold.close()
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

  test('a job that trains while clocks go an hour ahead, or two back, is trained once, to the same weights', async (t) => {
    const calm = await ended((await submit(service.url, JOB)).id)
    for (const offset of [HOUR_MS, -HOUR_MS]) {
      await hold.engage()
      const { id } = await submit(service.url, JOB)
      await hold.untilHeld()
      await jump(offset)
      await hold.release()
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
    }
  })

  test('a job that is submitted after clocks went back is trained too', async () => {
    const { id } = await submit(service.url, smallJob(5))
    const { status } = (await ended(id)) as { status: string }
    assert.equal(status, 'succeeded')
  })
})
