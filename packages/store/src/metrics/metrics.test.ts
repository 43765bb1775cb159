import type { Cursor, MetricRow } from '@unroll/contract'
import * as fc from 'fast-check'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { countRows } from './block.ts'
import { readSegmentName } from './frames.ts'
import type { ReadOptions } from './metrics.ts'
import type { Store } from '../store.ts'
import { flowRows, scalarRows } from '../testing/rows.ts'
import { KEEP_ALL, createJob, runningJob, testStore, type TestStore, sampleCheckpoint } from '../testing/fixtures.ts'

const rowsOf = (first: number, last: number): MetricRow[] =>
  Array.from({ length: last - first + 1 }, (_, at) => {
    const step = first + at
    return {
      step,
      series: { loss: 1 / step },
      ...(step % 3 === 0 && { flow: [{ h: Float32Array.of(step, NaN, -0) }] }),
    }
  })
const stepsOf = (blocks: readonly { steps: Float64Array }[]) => blocks.flatMap(({ steps }) => [...steps])
const range = (first: number, last: number) => Array.from({ length: last - first + 1 }, (_, at) => first + at)

/** Appends steps `first` … `last` in frames of `size`. */
async function appendSteps(store: Store, id: string, epoch: number, first: number, last: number, size: number) {
  for (let step = first, seq = 1; step <= last; step += size, seq += size) {
    const frame = { firstSeq: seq, rows: rowsOf(step, Math.min(step + size - 1, last)) }
    assert.equal(await store.metrics.append(id, epoch, frame), 'stored')
  }
}

/** A new attempt that goes on from `step`, as a checkpoint there would make it. */
async function restart({ store }: TestStore, id: string, step: number): Promise<number> {
  const { epoch } = await store.metrics.head(id)
  if (step > 0) await store.checkpoints.register(sampleCheckpoint({ job: id, epoch, step }), KEEP_ALL)
  const claim = await store.jobs.claim(id, 'wrk_2')
  assert.ok('epoch' in claim)
  assert.equal(claim.fromStep, step)
  return claim.epoch
}

test('metrics.append() stores a frame once: a duplicate is acknowledged, a gap refused', async (t) => {
  const { store } = await testStore(t)
  const { id, epoch } = await runningJob(store)
  const frame = (firstSeq: number, rows: number) => ({ firstSeq, rows: rowsOf(firstSeq, firstSeq + rows - 1) })
  const sent = [
    [frame(2, 1), 'gap'],
    [frame(1, 3), 'stored'],
    [frame(1, 3), 'duplicate'],
    [frame(2, 1), 'duplicate'],
    [frame(3, 2), 'gap'],
    [frame(5, 1), 'gap'],
    [frame(4, 2), 'stored'],
  ] as const
  for (const [sample, outcome] of sent) assert.equal(await store.metrics.append(id, epoch, sample), outcome)
  assert.deepEqual(stepsOf((await store.metrics.read(id)).blocks), range(1, 5))
  await assert.rejects(store.metrics.append(id, epoch, { firstSeq: 6, rows: [] }), RangeError)
})

test('metrics.head() tells epoch, sequence number, whether more can come, and the newest event', async (t) => {
  const { store } = await testStore(t)
  const { id, epoch } = await runningJob(store)
  assert.deepEqual(await store.metrics.head(id), { epoch: 1, seq: 0, done: false, events: 3 })
  await appendSteps(store, id, epoch, 1, 10, 4)
  assert.deepEqual(await store.metrics.head(id), { epoch: 1, seq: 10, done: false, events: 3 })
  await store.jobs.move(id, epoch, 'succeeded')
  assert.deepEqual(await store.metrics.head(id), { epoch: 1, seq: 10, done: true, events: 4 })
  await assert.rejects(store.metrics.head('job_x'), { code: 'JOB_NOT_FOUND' })
  await assert.rejects(store.metrics.read('job_x'), { code: 'JOB_NOT_FOUND' })
})

test('metrics.read() gives back NaN, both infinities, -0 and float32 vectors bit for bit', async (t) => {
  const { store } = await testStore(t)
  const { id, epoch } = await runningJob(store)
  const series = { a: NaN, b: Infinity, c: -Infinity, d: -0, e: 5e-324, f: 0.1 }
  const flow = [{ h: Float32Array.of(NaN, -Infinity, -0, 0.1), c: Float32Array.of(1) }, { h: Float32Array.of() }]
  await store.metrics.append(id, epoch, { firstSeq: 1, rows: [{ step: 1, series, flow }] })
  assert.deepEqual(scalarRows((await store.metrics.read(id)).blocks), [{ step: 1, series }])
  assert.deepEqual(flowRows((await store.metrics.readFlow(id)).blocks), [{ step: 1, flow }])
})

test('metrics.read() and readFlow() page through every row once, whatever the frames, limits and ranges', async (t) => {
  const { store } = await testStore(t)
  const jobs = await Promise.all(
    [1, 3, 7, 40].map(async (size) => {
      const { id, epoch } = await runningJob(store)
      await appendSteps(store, id, epoch, 1, 40, size)
      await store.jobs.move(id, epoch, 'succeeded')
      return id
    }),
  )
  const ranges = fc.record(
    { fromStep: fc.integer({ min: 0, max: 45 }), toStep: fc.integer({ min: 0, max: 45 }) },
    { requiredKeys: [] },
  )
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...jobs),
      ranges,
      fc.integer({ min: 1, max: 50 }),
      fc.boolean(),
      async (id, steps, limit, ofFlow) => {
        const read = (options: ReadOptions) =>
          ofFlow ? store.metrics.readFlow(id, options) : store.metrics.read(id, options)
        const seen: number[] = []
        let after: Cursor = { epoch: 0, seq: 0 }
        for (let pages = 0; ; pages++) {
          assert.ok(pages <= 41, 'the cursor does not advance')
          const page = await read({ ...steps, limit, after })
          assert.ok(countRows(page.blocks) <= limit)
          assert.equal(page.resumedFromStep, undefined)
          seen.push(...stepsOf(page.blocks))
          after = page.cursor
          if (page.done) break
        }
        const { fromStep = 0, toStep = 40 } = steps
        const wanted = range(1, 40).filter((step) => step >= fromStep && step <= toStep && (!ofFlow || step % 3 === 0))
        assert.deepEqual(seen, wanted)
      },
    ),
    { numRuns: 150 },
  )
})

test('metrics.read() follows a running job: the cursor of the newest row gives nothing until there is more', async (t) => {
  const { store } = await testStore(t)
  const { id, epoch } = await runningJob(store)
  const empty = await store.metrics.read(id)
  assert.deepEqual(empty, { blocks: [], cursor: { epoch: 1, seq: 0 }, done: false, firstStep: null })
  await appendSteps(store, id, epoch, 1, 5, 5)
  const first = await store.metrics.read(id, { after: empty.cursor })
  assert.deepEqual([stepsOf(first.blocks), first.cursor, first.firstStep], [range(1, 5), { epoch: 1, seq: 5 }, 1])
  const none = await store.metrics.read(id, { after: first.cursor })
  assert.deepEqual([none.blocks, none.cursor, none.done], [[], first.cursor, false])
})

for (const resumeStep of [0, 4, 6, 10]) {
  test(`metrics.read() shows one merged line after a restart from step ${resumeStep}`, async (t) => {
    const own = await testStore(t)
    const { store } = own
    const { id, epoch } = await runningJob(store)
    await appendSteps(store, id, epoch, 1, 10, 4) // steps 1-4, 5-8, 9-10: step 6 is inside a frame
    const follower = (await store.metrics.read(id)).cursor
    const flowFollower = (await store.metrics.readFlow(id)).cursor
    const next = await restart(own, id, resumeStep)
    await appendSteps(store, id, next, resumeStep + 1, resumeStep + 3, 2)

    const whole = await store.metrics.read(id)
    assert.deepEqual(stepsOf(whole.blocks), range(1, resumeStep + 3))
    assert.deepEqual([whole.resumedFromStep, whole.cursor], [undefined, { epoch: 2, seq: 3 }])
    const flow = await store.metrics.readFlow(id)
    assert.deepEqual(
      stepsOf(flow.blocks),
      range(1, resumeStep + 3).filter((step) => step % 3 === 0),
    )

    const followed = await store.metrics.read(id, { after: follower })
    assert.equal(followed.resumedFromStep, resumeStep)
    assert.deepEqual(stepsOf(followed.blocks), range(resumeStep + 1, resumeStep + 3))
    assert.equal((await store.metrics.readFlow(id, { after: flowFollower })).resumedFromStep, resumeStep)
    assert.equal((await store.metrics.read(id, { after: followed.cursor })).resumedFromStep, undefined)
  })
}

test('metrics.read() with a small limit gets past rows that a restart made void', async (t) => {
  const own = await testStore(t)
  const { store } = own
  const { id, epoch } = await runningJob(store)
  await appendSteps(store, id, epoch, 1, 10, 10)
  const next = await restart(own, id, 4)
  await appendSteps(store, id, next, 5, 8, 2)
  const seen: number[] = []
  let after: Cursor = { epoch: 0, seq: 0 }
  for (let pages = 0; pages < 20; pages++) {
    const { blocks, cursor } = await store.metrics.read(id, { limit: 1, after })
    seen.push(...stepsOf(blocks))
    after = cursor
  }
  assert.deepEqual(seen, range(1, 8))
})

test('metrics.append() is full when too much waits to be archived, scalars or flow, and takes rows again after that', async (t) => {
  const { store, redis, prefix } = await testStore(t)
  const { id, epoch } = await runningJob(store)
  const waitingBytes = { scalars: 1_000, flow: 6_000 }
  const frame = (seq: number) => ({
    firstSeq: seq,
    rows: [{ step: seq, series: { loss: seq }, flow: [{ h: new Float32Array(700) }] }],
  })
  assert.equal(await store.metrics.append(id, epoch, frame(1), { waitingBytes }), 'stored')
  assert.equal(await store.metrics.append(id, epoch, frame(2), { waitingBytes }), 'stored')
  assert.equal(await store.metrics.append(id, epoch, frame(3), { waitingBytes }), 'full')
  const waiting = await store.metrics.waiting(id, 'flow', 1)
  assert.deepEqual([[...(waiting?.block.seqs ?? [])], waiting?.head.lastSeq], [[1], 1])
  assert.ok(waiting !== undefined && waiting.bytes > 2_800 && waiting.bytesLeft > 2_800)
  const { head } = waiting
  assert.equal(await store.metrics.archive(id, epoch + 1, { kind: 'flow', head, segment: 'a' }), 'fenced')
  assert.equal(
    await store.metrics.archive(id, epoch, { kind: 'flow', head: { ...head, lastSeq: 3 }, segment: 'a' }),
    'gap',
  )
  for (let repeated = 0; repeated < 2; repeated++)
    assert.equal(await store.metrics.archive(id, epoch, { kind: 'flow', head, segment: 'a' }), 'archived')
  assert.equal(await store.metrics.append(id, epoch, frame(3), { waitingBytes }), 'stored')
  const { frames } = await store.metrics.line(id, 'flow')
  assert.deepEqual(frames.map(readSegmentName), ['a', undefined, undefined])
  const bytes = frames.slice(1).reduce((sum, { length }) => sum + length, 0)
  assert.equal(Number(await redis.hget(`{${prefix}}:job:${id}:record`, 'flow_bytes')), bytes)
  await assert.rejects(store.metrics.readFlow(id), /opened without a reader of segments/)
})

test('metrics.read() of a job without an attempt is empty', async (t) => {
  const { store } = await testStore(t)
  const { id } = await createJob(store)
  assert.deepEqual(await store.metrics.read(id), {
    blocks: [],
    cursor: { epoch: 0, seq: 0 },
    done: false,
    firstStep: null,
  })
})
