import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { Segments, archiveRest, flowOverview, overview, summary } from '@unroll/history'
import { readSegmentName, type ReadOptions } from '@unroll/store'
import { Attempt, WINDOW, byRow, newJob, openPipeline, rowsBetween, type Pipeline } from './pipeline.ts'

const PROCESS = fileURLToPath(new URL('./archiving_process.js', import.meta.url))

/** A run of two attempts, the second from the middle of a frame of the first, that has ended. */
async function endedRun(pipeline: Pipeline, steps: number): Promise<string> {
  const { store } = pipeline
  const first = await Attempt.claim(pipeline, await newJob(store))
  await first.append(rowsBetween(1, steps, { spike: 77 }))
  await first.checkpoint(Math.floor(steps / 2))
  const second = await Attempt.claim(pipeline, first.id)
  await second.append(rowsBetween(Math.floor(steps / 2) + 1, steps, { spike: 77, gain: 2 }))
  await store.jobs.move(second.id, second.epoch, 'succeeded')
  return second.id
}

/** Everything that readers are answered, read anew. */
async function answers({ store, artifacts }: Pipeline, id: string, steps: number): Promise<unknown[]> {
  const segments = new Segments(artifacts)
  const { metrics } = store
  const all: unknown[] = [await summary(metrics, segments, id, () => true)]
  const cursors = [
    { epoch: 0, seq: 0 },
    { epoch: 1, seq: Math.floor(steps / 2) - 4 },
    { epoch: 2, seq: 9 },
  ]
  const ranges = [{}, { fromStep: 250 }, { fromStep: 100, toStep: 455 }, { fromStep: 2 * steps }]
  for (const range of ranges) {
    for (const after of cursors) {
      for (const limit of [1, 256, 1_000]) {
        const options: ReadOptions = { ...range, after, limit }
        all.push(byRow(await metrics.read(id, options)), byRow(await metrics.readFlow(id, options)))
      }
      for (const maxSteps of [7, 36]) {
        const tile = { ...range, after, layer: 0, window: WINDOW, maxSteps, maxTimesteps: 50 }
        all.push(await flowOverview(metrics, segments, id, tile))
      }
    }
    // About as many points as the range has rows: whether they are rows or buckets must not depend on where they are.
    for (const maxPoints of [20, 355, 356, 357, steps])
      all.push(await overview(metrics, segments, id, { ...range, maxPoints, wants: () => true }))
  }
  return all
}

async function framesInRedis({ store }: Pipeline, id: string): Promise<{ frames: number; segments: number }> {
  const lines = [await store.metrics.line(id, 'scalars'), await store.metrics.line(id, 'flow')]
  const names = lines.flatMap(({ frames }) => frames).map(readSegmentName)
  const segments = names.filter((name) => name !== undefined).length
  return { frames: names.length - segments, segments }
}

async function keysOf({ artifacts }: Pipeline, id: string): Promise<string[]> {
  const keys: string[] = []
  for await (const { key } of artifacts.list(`jobs/${id}`)) keys.push(key)
  return keys.toSorted()
}

for (const [what, steps] of [
  ['a short run', 1_500],
  ['a run that had archived rows before', 9_000],
] as const) {
  test(`archiveRest() of ${what} leaves references alone in Redis, and every answer as it was, to the bit`, async (t) => {
    const pipeline = await openPipeline(t)
    const { store, artifacts } = pipeline
    const id = await endedRun(pipeline, steps)
    const before = await answers(pipeline, id, steps)
    const { frames, segments } = await framesInRedis(pipeline, id)
    assert.ok(frames > 8, `${frames} frames`)
    assert.equal(segments > 0, steps > 1_500)
    const moved = await archiveRest(store.metrics, artifacts, id)
    assert.ok(moved > 1_000, `${moved}`)
    const left = await framesInRedis(pipeline, id)
    assert.equal(left.frames, 0)
    const after = await answers(pipeline, id, steps)
    for (const [at, answer] of after.entries()) assert.deepEqual(answer, before[at], `answer ${at}`)
    t.diagnostic(
      `${before.length} answers; ${frames} frames of ${moved} rows became ${left.segments - segments} segments`,
    )
    assert.equal(await archiveRest(store.metrics, artifacts, id), 0)
    const { memory_bytes: _, ...room } = await store.usage.redis()
    assert.deepEqual(room.rows, { jobs: 0, bytes: 0 })
  })
}

/** Every row that counts, and what all of them come to. */
async function rowsAndSum({ store: { metrics }, artifacts }: Pipeline, id: string): Promise<unknown[]> {
  const segments = new Segments(artifacts)
  const pages = [byRow(await metrics.read(id)), byRow(await metrics.readFlow(id))]
  return [...pages, await summary(metrics, segments, id, () => true)]
}

// Four segments are stored: scalars and flow of each attempt.
for (const [point, visits] of [
  ['artifact.before_rename', [2]],
  ['artifact.after_rename', [1, 2, 3, 4]],
] as const) {
  for (const every of visits) {
    test(`archiveRest() killed at ${point}, visit ${every}, loses no row and doubles none; repeated, it ends`, async (t) => {
      const pipeline = await openPipeline(t)
      const { store, artifacts, place } = pipeline
      const id = await endedRun(pipeline, 600)
      const before = await rowsAndSum(pipeline, id)
      const log = join(place.folder, 'faults.log')
      const faults = JSON.stringify({ log, points: { [point]: { action: 'kill', times: 1, every } } })
      const run = () =>
        spawnSync(process.execPath, [PROCESS, JSON.stringify({ ...place, id, faults })], { encoding: 'utf8' })
      const killed = run()
      assert.equal(killed.signal, 'SIGKILL', killed.stderr)
      assert.equal(readFileSync(log, 'utf8'), `${point} kill\n`)
      const { frames } = await framesInRedis(pipeline, id)
      assert.ok(frames > 0)
      assert.deepEqual(await rowsAndSum(pipeline, id), before)
      const ended = run()
      assert.equal(ended.status, 0, ended.stderr)
      assert.deepEqual(await rowsAndSum(pipeline, id), before)
      const left = await framesInRedis(pipeline, id)
      assert.deepEqual(left, { frames: 0, segments: 4 })
      assert.equal((await keysOf(pipeline, id)).length, left.segments, 'what was stored twice has one name')
      assert.equal(await archiveRest(store.metrics, artifacts, id), 0)
    })
  }
}

test('archiveRest() by several at once stores each row once', async (t) => {
  const pipeline = await openPipeline(t)
  const { store, artifacts } = pipeline
  const id = await endedRun(pipeline, 3_000)
  const before = await rowsAndSum(pipeline, id)
  await Promise.all([1, 2, 3].map(() => archiveRest(store.metrics, artifacts, id)))
  assert.deepEqual(await rowsAndSum(pipeline, id), before)
  assert.deepEqual((await keysOf(pipeline, id)).length, (await framesInRedis(pipeline, id)).segments)
})

test('archiveRest() leaves a job that has not ended to its attempt, and what it stored of one deleted meanwhile is no row', async (t) => {
  const pipeline = await openPipeline(t)
  const { store, artifacts } = pipeline
  const attempt = await Attempt.claim(pipeline, await newJob(store))
  await attempt.append(rowsBetween(1, 300, { spike: 77 }))
  assert.equal(await archiveRest(store.metrics, artifacts, attempt.id), 0)
  assert.equal(byRow(await store.metrics.read(attempt.id)).rows.length, 300)
  await store.jobs.move(attempt.id, attempt.epoch, 'succeeded')
  const put = artifacts.put.bind(artifacts)
  t.mock.method(artifacts, 'put', async (key: string, source: AsyncIterable<Uint8Array>) => {
    const stored = await put(key, source)
    await store.jobs.delete(attempt.id)
    return stored
  })
  assert.equal(await archiveRest(store.metrics, artifacts, attempt.id), 0)
  await assert.rejects(store.jobs.get(attempt.id), { code: 'JOB_NOT_FOUND' })
})
