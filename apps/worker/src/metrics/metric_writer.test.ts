import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { openArtifacts, ArtifactWriteError, type Artifacts } from '@unroll/artifacts'
import { parseJobSpec, type MetricRow } from '@unroll/contract'
import { Archiver, Segments } from '@unroll/history'
import { openStore, type Store } from '@unroll/store'
import { pino } from 'pino'
import { MetricWriter } from './metric_writer.ts'

const ROWS = 60_000 // of two series: about two segments

interface Bench {
  store: Store
  artifacts: Artifacts
  job: { jobId: string; epoch: number }
  writer: MetricWriter
  /** Of the writer's clock. */
  now: number
  /** Whether segments can be stored. */
  disk: { isFull: boolean; refused: number }
}

async function bench(t: TestContext): Promise<Bench> {
  const folder = mkdtempSync(join(tmpdir(), 'unroll-writer-'))
  const files = openArtifacts(`file:${folder}`)
  const disk = { isFull: false, refused: 0 }
  const artifacts: Artifacts = {
    put: async (key, source) => {
      if (!disk.isFull) return files.put(key, source)
      disk.refused += 1
      throw new ArtifactWriteError(key, new Error('no space left on device'))
    },
    get: (key) => files.get(key),
    head: (key) => files.head(key),
    delete: (key) => files.delete(key),
    list: (prefix) => files.list(prefix),
  }
  const url = process.env['TEST_REDIS_URL'] ?? assert.fail('TEST_REDIS_URL is not set')
  const prefix = `test-writer-${process.pid}-${Math.random()}`
  const store = await openStore({ url, prefix, segments: new Segments(files), waitForDisk: false })
  t.after(async () => {
    await store.close()
    rmSync(folder, { recursive: true })
  })
  const spec = parseJobSpec({ model: { cell: 'rnn' }, data: { task: 'adding' } })
  assert.ok(spec.ok)
  const { job } = await store.jobs.create(spec.value, { parameters: 0, memory_bytes: 0, flops_per_step: 0 })
  const claim = await store.jobs.claim(job.id, 'wrk_00000000000000000000')
  assert.ok('epoch' in claim)
  const attempt = { jobId: job.id, epoch: claim.epoch }
  const log = pino({ level: 'silent' })
  const its = { store, artifacts, job: attempt, disk, now: 0 }
  const writer = new MetricWriter(
    {
      append: (frame, options) => store.metrics.append(job.id, claim.epoch, frame, options),
      archiver: new Archiver(store.metrics, artifacts, { ...attempt, window: 1 }),
      log,
    },
    () => its.now,
  )
  return Object.assign(its, { writer })
}

const rows = (first: number, last: number): MetricRow[] =>
  Array.from({ length: last - first + 1 }, (_, at) => ({
    step: first + at,
    series: { loss: 1 / (first + at), grad_norm: NaN },
  }))

async function segmentsOf({ artifacts, job }: Bench): Promise<number> {
  let segments = 0
  for await (const { key } of artifacts.list(`jobs/${job.jobId}/metrics/scalars`))
    segments += Number(key.endsWith('.arrow'))
  return segments
}

async function stepsOf({ store, job }: Bench): Promise<number[]> {
  return (await store.metrics.read(job.jobId, { limit: 10 * ROWS })).blocks.flatMap(({ steps }) => [...steps])
}

const upTo = (last: number) => Array.from({ length: last }, (_, at) => at + 1)

test('MetricWriter archives what is too much for Redis, and every row can be read', async (t) => {
  const its = await bench(t)
  its.writer.add(rows(1, ROWS))
  assert.equal(await its.writer.flush(), 'drained')
  assert.equal(its.writer.size, 0)
  assert.ok((await segmentsOf(its)) >= 1)
  assert.deepEqual(await stepsOf(its), upTo(ROWS))
})

test('MetricWriter keeps every row while segments cannot be stored, and archives once they can', async (t) => {
  const its = await bench(t)
  its.disk.isFull = true
  its.writer.add(rows(1, ROWS))
  assert.equal(await its.writer.flush(), 'drained')
  assert.ok(its.disk.refused > 0, 'nothing was refused')
  assert.equal(await segmentsOf(its), 0)
  its.disk.isFull = false
  its.now += 60_000
  assert.equal(await its.writer.flush(), 'drained')
  assert.ok((await segmentsOf(its)) >= 1)
  assert.deepEqual(await stepsOf(its), upTo(ROWS))
  t.diagnostic(`${its.disk.refused} segments refused`)
})

test('MetricWriter stops when a newer attempt has the job, also in the midst of archiving', async (t) => {
  const its = await bench(t)
  its.writer.add(rows(1, 1_000))
  assert.equal(await its.writer.flush(), 'drained')
  await its.store.jobs.claim(its.job.jobId, 'wrk_00000000000000000001')
  its.writer.add(rows(1_001, ROWS))
  assert.equal(await its.writer.flush(), 'fenced')
})
