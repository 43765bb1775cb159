// The life of a sweep from its creation to its end: one file, as all of it needs the same few helpers.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { deleteCheckpoint } from '@unroll/artifacts'
import { Sweep, SweepSummary, isFinal, pageSchema, type Job, type Page, type SweepRun } from '@unroll/contract'
import { admitSweep } from '../../sweeps/admission.ts'
import { advance } from '../../sweeps/advance.ts'
import { keepSweeps } from '../../sweeps/keeper.ts'
import { JOB, assertMatches, assertProblem, testApp, type TestApp } from '../../testing/app.ts'
import { claimed, trained } from '../../testing/runs.ts'
import { HALVING } from '../../testing/sweeps.ts'

const RATES = [0.1, 0.01, 0.001]
const GRID = {
  template: { ...JOB, name: 'adding' },
  space: { '/optimizer/learning_rate': { values: RATES }, 'model.hidden_size': { values: [4, 8] } },
}
const UNKNOWN_SWEEP = 'sweep_00000000000000000000'

async function posted({ http }: TestApp, body: object): Promise<Sweep> {
  const { status, body: made } = await http.post('/v1/sweeps').send(body)
  assert.equal(status, 201, JSON.stringify(made))
  assertMatches(Sweep, made)
  return made as Sweep
}

/** A sweep that was accepted, and for which nothing has been done yet. */
async function onlyRecorded({ store, artifacts }: TestApp): Promise<{ id: string }> {
  const body = {
    ...GRID,
    strategy: { type: 'grid' },
    objective: { metric: 'loss', goal: 'min' },
    metadata: {},
  } as const
  return store.sweeps.create(await admitSweep({ store, artifacts }, body, { owner: undefined, hasLeft: () => false }))
}

async function sweepOf({ http }: TestApp, id: string): Promise<Sweep> {
  const { body } = await http.get(`/v1/sweeps/${id}`).expect(200)
  assertMatches(Sweep, body)
  return body as Sweep
}

/** Ends the jobs of the newest rung, by their trials, and takes the sweep on. */
async function endRung(service: TestApp, id: string, lossOf: (run: SweepRun) => number | undefined): Promise<Sweep> {
  const { runs } = await sweepOf(service, id)
  for (const run of runs) if (!isFinal(run.status ?? 'queued')) await trained(service, run.job, lossOf(run))
  await advance(service, id)
  return await sweepOf(service, id)
}

test('POST /v1/sweeps makes a job of every combination, and they are listed by it', async (t) => {
  const service = await testApp(t)
  const { status, headers, body } = await service.http.post('/v1/sweeps').send(GRID)
  assert.equal(status, 201, JSON.stringify(body))
  const sweep = body as Sweep
  assert.equal(headers['location'], `/v1/sweeps/${sweep.id}`)
  assert.deepEqual(await sweepOf(service, sweep.id), sweep)
  assert.deepEqual([sweep.status, sweep.jobs.queued, sweep.rungs], ['running', 6, [{ trials: 6, max_steps: null }]])
  assert.deepEqual([sweep.template, sweep.space, sweep.best], [GRID.template, GRID.space, null])
  const wanted = RATES.flatMap((rate) =>
    [4, 8].map((size) => ({ '/optimizer/learning_rate': rate, '/model/hidden_size': size })),
  )
  assert.deepEqual(
    sweep.runs.map(({ changes }) => changes),
    wanted,
  )

  const { data } = (await service.http.get('/v1/jobs').query({ sweep: sweep.id })).body as Page<Job>
  assert.deepEqual(
    data.map(({ id }) => id).toReversed(),
    sweep.runs.map(({ job }) => job),
  )
  for (const [at, job] of data.toReversed().entries()) {
    assert.deepEqual([job.sweep, job.name, job.status], [sweep.id, `adding #${at}`, 'queued'])
    assert.equal(job.queue.position, at)
    assert.deepEqual(
      [job.spec.optimizer.learning_rate, job.spec.model.hidden_size],
      [wanted[at]?.['/optimizer/learning_rate'], wanted[at]?.['/model/hidden_size']],
    )
  }
  await service.http.post('/v1/jobs').send(JOB).expect(201)
  const filtered = async (query: object) =>
    ((await service.http.get('/v1/jobs').query(query)).body as Page<Job>).data.length
  await service.store.jobs.cancel(data[0]?.id ?? '')
  assert.equal(await filtered({ sweep: sweep.id, status: 'queued' }), 5)
  assert.equal(await filtered({ sweep: sweep.id, limit: 4 }), 4)
  assert.equal(await filtered({ sweep: UNKNOWN_SWEEP }), 0)
})

test('a grid ends with its jobs, and its best run is that of the least loss', async (t) => {
  const service = await testApp(t)
  const { id } = await posted(service, GRID)
  const sweep = await endRung(service, id, ({ trial }) => (trial === 0 ? undefined : 1 / trial))
  assert.deepEqual([sweep.status, sweep.jobs.succeeded, sweep.jobs.failed], ['succeeded', 5, 1])
  assert.ok(sweep.finished_at !== null)
  assert.deepEqual([sweep.best?.trial, sweep.best?.value], [5, 0.2])
  assert.deepEqual(sweep.best?.changes, { '/optimizer/learning_rate': 0.001, '/model/hidden_size': 8 })
  assert.deepEqual(await service.store.sweeps.due(), [])
})

test('a sweep none of whose jobs succeeds has failed', async (t) => {
  const service = await testApp(t)
  const { id } = await posted(service, HALVING)
  const sweep = await endRung(service, id, () => undefined)
  assert.deepEqual([sweep.status, sweep.runs.length, sweep.best], ['failed', 4, null])
})

test('a trial that its diagnosis stops has no value, says what stopped it, and never goes on', async (t) => {
  const service = await testApp(t)
  const { store } = service
  const { id, runs, stop_on: stops } = await posted(service, { ...HALVING, stop_on: ['vanishing', 'exploding'] })
  assert.deepEqual(stops, ['vanishing', 'exploding'])
  const [first, ...others] = runs.map(({ job }) => job)
  const { spec } = await store.jobs.get(first ?? '')
  assert.deepEqual([spec.on_finding, spec.act_on], ['stop', ['vanishing', 'exploding']])
  const epoch = await claimed(service, first ?? '')
  const error = { code: 'vanishing', message: 'The gradient vanishes', pointer: '/on_finding' }
  await store.jobs.move(first ?? '', epoch, 'failed', { reason: 'stopped_by_finding', error })
  for (const job of others) await trained(service, job, 1)
  await advance(service, id)
  const sweep = await sweepOf(service, id)
  assert.deepEqual(
    sweep.runs.map(({ trial, rung, status, stopped_by: found, value }) => [trial, rung, status, found, value]),
    [
      [0, 0, 'failed', 'vanishing', null],
      [1, 0, 'succeeded', null, 1],
      [2, 0, 'succeeded', null, 1],
      [3, 0, 'succeeded', null, 1],
      [1, 1, 'queued', null, null],
      [2, 1, 'queued', null, null],
    ],
  )
})

test('repeats make runs of each point with seeds of their own, and the sweep has their band', async (t) => {
  const service = await testApp(t)
  const template = { ...JOB, training: { seed: 7 } }
  const { id, runs, repeats } = await posted(service, { ...GRID, template, repeats: 3 })
  assert.deepEqual([repeats, runs.length], [3, 18])
  const seeds = await Promise.all(runs.map(async ({ job }) => (await service.store.jobs.get(job)).spec.training.seed))
  assert.deepEqual(seeds.slice(0, 6), [7, 8, 9, 7, 8, 9])
  const sweep = await endRung(service, id, ({ trial }) => (trial === 0 ? undefined : 20 - trial))
  assert.deepEqual(
    sweep.bands.map(({ point, values, min, median, max }) => [point, values, min, median, max]),
    [
      [0, 2, 18, 19, 19],
      [1, 3, 15, 16, 17],
      [2, 3, 12, 13, 14],
      [3, 3, 9, 10, 11],
      [4, 3, 6, 7, 8],
      [5, 3, 3, 4, 5],
    ],
  )
  assert.deepEqual(sweep.bands[5]?.changes, { '/optimizer/learning_rate': 0.001, '/model/hidden_size': 8 })
  assert.deepEqual([sweep.best?.point, sweep.best?.trial, sweep.best?.value], [5, 16, 4])
})

test('successive halving has the best half go on from where they were, until one is left', async (t) => {
  const service = await testApp(t)
  const { id, rungs } = await posted(service, HALVING)
  assert.deepEqual(rungs, [
    { trials: 4, max_steps: 10 },
    { trials: 2, max_steps: 20 },
    { trials: 1, max_steps: 40 },
  ])
  const second = await endRung(service, id, ({ trial }) => [3, 1, 1, 2][trial])
  assert.deepEqual([second.status, second.jobs.queued], ['running', 2])
  const third = await endRung(service, id, () => 0.5)
  const ended = await endRung(service, id, () => 0.25)
  assert.deepEqual(
    ended.runs.map(({ rung, trial, step, value }) => [rung, trial, step, value]),
    [
      [0, 0, 10, 3],
      [0, 1, 10, 1],
      [0, 2, 10, 1],
      [0, 3, 10, 2],
      [1, 1, 20, 0.5],
      [1, 2, 20, 0.5],
      [2, 1, 40, 0.25],
    ],
  )
  assert.deepEqual([third.status, ended.status, ended.best?.trial], ['running', 'succeeded', 1])
  for (const [run, before] of [
    [ended.runs[4], ended.runs[1]],
    [ended.runs[6], ended.runs[4]],
  ]) {
    const job = await service.store.jobs.get(run?.job ?? '')
    assert.deepEqual([job.retry_of, job.forked_from?.step, job.sweep], [before?.job, before?.step, id])
    assert.deepEqual([job.spec.training.max_steps, job.spec.training.seed], [run?.step, 2])
    assert.equal(job.attempts[0]?.from_step, before?.step)
  }
})

test('a trial whose checkpoint is gone goes on from the start, and one whose job is deleted does not go on', async (t) => {
  const service = await testApp(t)
  const { id, runs } = await posted(service, HALVING)
  for (const { job, trial } of runs) await trained(service, job, trial)
  const [deleted, damaged] = runs.map(({ job }) => job)
  await service.http.delete(`/v1/jobs/${deleted}`).expect(204)
  const [checkpoint] = (await service.store.checkpoints.list(damaged ?? '')).data
  assert.ok(checkpoint)
  await deleteCheckpoint(service.artifacts, checkpoint)
  await advance(service, id)
  const sweep = await sweepOf(service, id)
  assert.deepEqual(
    sweep.runs.slice(4).map(({ trial, step }) => [trial, step]),
    [
      [1, 0],
      [2, 10],
    ],
  )
  assert.deepEqual([sweep.runs[0]?.status, sweep.runs[0]?.value], [null, null])
})

test('a job that is paused has its rung wait for it', async (t) => {
  const service = await testApp(t)
  const { id, runs } = await posted(service, HALVING)
  const [first, ...others] = runs.map(({ job }) => job)
  await service.store.jobs.pause(first ?? '')
  for (const job of others) await trained(service, job, 1)
  assert.deepEqual(await service.store.sweeps.due(), [])
  await advance(service, id)
  assert.equal((await sweepOf(service, id)).runs.length, 4)
  await service.store.jobs.resume(first ?? '')
  assert.equal((await endRung(service, id, () => 0)).runs.length, 6)
})

test('POST …/cancel cancels every job as one, and answers the same again', async (t) => {
  const service = await testApp(t)
  const { id, runs } = await posted(service, GRID)
  const [running, done] = runs.map(({ job }) => job)
  await trained(service, done ?? '', 1)
  const epoch = await claimed(service, running ?? '')
  const first = await service.http.post(`/v1/sweeps/${id}/cancel`).expect(202)
  const { status, jobs } = first.body as Sweep
  assert.deepEqual([status, jobs.succeeded, jobs.cancelling, jobs.cancelled], ['cancelling', 1, 1, 4])
  assert.deepEqual((await service.http.post(`/v1/sweeps/${id}/cancel`).expect(202)).body, first.body)
  await service.store.jobs.move(running ?? '', epoch, 'cancelled')
  const { body } = await service.http.post(`/v1/sweeps/${id}/cancel`).expect(202)
  assert.deepEqual([(body as Sweep).status, (body as Sweep).jobs.cancelled], ['cancelled', 5])
  assert.deepEqual(await service.store.sweeps.due(), [])
})

test('POST …/cancel of a sweep that has succeeded is SWEEP_ENDED, and of none SWEEP_NOT_FOUND', async (t) => {
  const service = await testApp(t)
  const { id } = await posted(service, GRID)
  await endRung(service, id, () => 1)
  assertProblem(await service.http.post(`/v1/sweeps/${id}/cancel`), 'SWEEP_ENDED')
  assertProblem(await service.http.post(`/v1/sweeps/${UNKNOWN_SWEEP}/cancel`), 'SWEEP_NOT_FOUND')
  assertProblem(await service.http.get(`/v1/sweeps/${UNKNOWN_SWEEP}`), 'SWEEP_NOT_FOUND')
})

for (const when of ['accepted', 'cancelled'] as const) {
  test(`a sweep whose API died as soon as it was ${when} is seen to by the others, once`, async (t) => {
    const service = await testApp(t)
    const { store } = service
    const { id } = await onlyRecorded(service)
    if (when === 'cancelled') await advance(service, id)
    if (when === 'cancelled') await store.sweeps.cancel(id)
    const keepers = [1, 2, 3].map(() => keepSweeps(service, service.app.log))
    const wanted = when === 'accepted' ? 'queued' : 'cancelled'
    for (const limit = performance.now() + 60_000; ; await sleep(10)) {
      const { jobs, status } = await sweepOf(service, id)
      if (jobs[wanted] === 6 && (when === 'accepted' || status === 'cancelled')) break
      assert.ok(performance.now() < limit)
    }
    await Promise.all(keepers.map((keeper) => keeper.close()))
    assert.equal((await store.jobs.list()).data.length, 6)
    const { any } = await store.queue.deliveries()
    assert.deepEqual(any, { waiting: when === 'accepted' ? 6 : 0, active: 0 })
  })
}

test('a sweep that is cancelled before its jobs are made makes none', async (t) => {
  const service = await testApp(t)
  const { store } = service
  const { id } = await onlyRecorded(service)
  await service.http.post(`/v1/sweeps/${id}/cancel`).expect(202)
  const { status, runs } = await sweepOf(service, id)
  assert.deepEqual([status, runs.filter((run) => run.status !== null)], ['cancelled', []])
  assert.deepEqual((await store.jobs.list()).data, [])
})

test('a data set is kept for a sweep until it ends, also between its rungs', async (t) => {
  const service = await testApp(t)
  const text = 'to be or not to be, that is the question. '.repeat(20)
  const upload = await service.http.post('/v1/datasets').type('text/plain').send(text).expect(201)
  const dataset = (upload.body as { id: string }).id
  const { id, runs } = await posted(service, {
    ...HALVING,
    template: { ...JOB, data: { dataset }, sequence_length: 10 },
  })
  for (const { job } of runs) await service.store.jobs.cancel(job)
  assertProblem(await service.http.delete(`/v1/datasets/${dataset}`), 'DATASET_IN_USE')
  await advance(service, id)
  await service.http.delete(`/v1/datasets/${dataset}`).expect(204)
})

test('POST /v1/sweeps with an Idempotency-Key makes one sweep, however often it is sent', async (t) => {
  const { http } = await testApp(t)
  const send = (body: object) => http.post('/v1/sweeps').set('idempotency-key', 'once').send(body)
  const first = await send(GRID).expect(201)
  const again = await send(GRID).expect(201)
  assert.equal(again.headers['idempotent-replayed'], 'true')
  assert.deepEqual(again.body, first.body)
  assertProblem(await send(HALVING), 'IDEMPOTENCY_KEY_REUSED')
  assert.equal(((await http.get('/v1/jobs')).body as Page<Job>).data.length, 6)
})

test('GET /v1/sweeps pages through them, newest first', async (t) => {
  const service = await testApp(t)
  const made: string[] = []
  for (let count = 0; count < 3; count++) made.unshift((await posted(service, GRID)).id)
  const first = (await service.http.get('/v1/sweeps').query({ limit: 2 }).expect(200)).body as Page<SweepSummary>
  assertMatches(pageSchema(SweepSummary), first)
  const second = (await service.http.get('/v1/sweeps').query({ limit: 2, after: first.next }))
    .body as Page<SweepSummary>
  assert.deepEqual([...first.data, ...second.data].map(({ id }) => id).toSorted(), made.toSorted())
  assert.deepEqual([first.has_more, second.has_more, 'runs' in (first.data[0] ?? {})], [true, false, false])
})
