// A disk that takes no more bytes: a clear reason, and the state before it intact.

import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import supertest from 'supertest'
import type { Checkpoint, Job, JobEvent } from '@unroll/contract'
import { smallJob, submit, untilJob } from './jobs.ts'
import { startService } from './service.ts'

/** A child writes three artifacts for a checkpoint, one for one that fails: it fails at the 3rd and the 6th. */
const FULL = { action: 'enospc', every: 7, times: 3 }
const EVERY = 4

test('a checkpoint that finds no room is told of and left out; a run whose last state finds none fails, the one before intact', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'unroll-full-'))
  const log = join(folder, 'faults')
  const UNROLL_FAULTS = JSON.stringify({ log, points: { 'artifact.write': FULL } })
  const service = await startService({ UNROLL_FAULTS })
  t.after(async () => {
    assert.equal(await service.stop(), 0, service.output())
    await rm(folder, { recursive: true })
  })
  const get = async <T>(path: string): Promise<T> => (await supertest(service.url).get(path).expect(200)).body as T
  const endedWith = async (steps: number): Promise<{ job: Job; kept: Checkpoint[]; failed: unknown[] }> => {
    const spec = smallJob(steps, { checkpoint: { every_steps: EVERY, keep_latest: 100 }, sequence_length: 8 })
    const { id } = await submit(service.url, spec)
    const job = await untilJob(service.url, id, 'has ended', ({ finished_at }) => finished_at !== null)
    const events = await get<{ data: JobEvent[] }>(`/v1/jobs/${id}/events?limit=100`)
    const failures = events.data.filter(({ code }) => code === 'checkpoint_failed')
    for (const { data } of failures) assert.match(String(data['why']), /ENOSPC: no space left on device/)
    const kept = await get<{ data: Checkpoint[] }>(`/v1/jobs/${id}/checkpoints?limit=100`)
    return { job, kept: kept.data, failed: failures.map(({ data }) => data['step']) }
  }
  const stepsOf = (checkpoints: readonly Checkpoint[]) => checkpoints.map(({ step }) => step)

  const survivor = await endedWith(7 * EVERY)
  assert.equal(survivor.job.status, 'succeeded')
  assert.deepEqual(survivor.failed, [3 * EVERY, 6 * EVERY])
  assert.deepEqual(
    stepsOf(survivor.kept),
    [7, 5, 4, 2, 1].map((n) => n * EVERY),
  )

  const { job, kept, failed } = await endedWith(3 * EVERY)
  assert.deepEqual([job.status, job.status_reason, failed], ['failed', 'storage_error', []])
  assert.match(job.error?.message ?? '', /Cannot write artifact .*ENOSPC: no space left on device/)
  assert.deepEqual(stepsOf(kept), [2 * EVERY, EVERY])
  for (const { id, sha256 } of kept) {
    const { body } = await supertest(service.url).get(`/v1/jobs/${job.id}/checkpoints/${id}/content`).expect(200)
    assert.equal(
      createHash('sha256')
        .update(body as Buffer)
        .digest('hex'),
      sha256,
    )
  }
  assert.equal((await readFile(log, 'utf8')).split('\n').length - 1, FULL.times, 'every fault fired')
})
