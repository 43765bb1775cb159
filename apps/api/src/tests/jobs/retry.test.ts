import assert from 'node:assert/strict'
import { test } from 'node:test'
import { deleteCheckpoint, readCheckpoint } from '@unroll/artifacts'
import { UnrollClient } from '@unroll/client'
import { Job, type Checkpoint } from '@unroll/contract'
import { JOB, assertMatches, assertProblem, testApp, type TestApp } from '../../testing/app.ts'
import { claimed, saved } from '../../testing/runs.ts'

const STEP = 10

/** A job that has failed at some step after `STEP`, where it left a checkpoint. */
async function failedJob(service: TestApp): Promise<{ old: Job; checkpoint: Checkpoint }> {
  const { http, store } = service
  const posted = { ...JOB, name: 'first', metadata: { team: 'a' }, training: { max_steps: 50, seed: 7 } }
  const { id: job } = (await http.post('/v1/jobs').send(posted).expect(201)).body as Job
  const epoch = await claimed(service, job)
  const checkpoint = await saved(service, { job, epoch, step: STEP })
  await store.jobs.move(job, epoch, 'failed', { reason: 'engine_error' })
  return { old: await store.jobs.get(job), checkpoint }
}

test('POST …/retry without a body makes the same job again, linked to the old one', async (t) => {
  const service = await testApp(t)
  const { old } = await failedJob(service)
  const { status, body, headers } = await service.http.post(`/v1/jobs/${old.id}/retry`)
  const made = body as Job
  assert.equal(status, 202, JSON.stringify(body))
  assertMatches(Job, made)
  assert.equal(headers['location'], `/v1/jobs/${made.id}`)
  assert.notEqual(made.id, old.id)
  assert.deepEqual([made.status, made.retry_of, made.forked_from], ['queued', old.id, null])
  assert.deepEqual([made.spec, made.name, made.metadata], [old.spec, old.name, old.metadata])
  assert.equal((await service.store.jobs.get(old.id)).status, 'failed')
  const claim = await service.store.jobs.claim(made.id, 'wrk_1')
  assert.ok('epoch' in claim && claim.fromStep === 0)
})

test('POST …/retry with changes merges them into the specification', async (t) => {
  const service = await testApp(t)
  const { old } = await failedJob(service)
  const changes = { model: { cell: 'lstm' }, training: { max_steps: 99 }, metadata: { team: null, again: 'yes' } }
  const answer = await service.http.post(`/v1/jobs/${old.id}/retry`).send({ changes })
  assert.equal(answer.status, 202, JSON.stringify(answer.body))
  const { spec, metadata } = answer.body as Job
  assert.deepEqual([spec.model.cell, spec.training.max_steps, spec.training.seed], ['lstm', 99, 7])
  assert.deepEqual(metadata, { again: 'yes' })
})

for (const by of ['its id', '"latest"']) {
  test(`POST …/retry from a checkpoint by ${by} goes on from a copy, which outlives the old job`, async (t) => {
    const service = await testApp(t)
    const { old, checkpoint } = await failedJob(service)
    const from_checkpoint = by === '"latest"' ? 'latest' : checkpoint.id
    const changes = { optimizer: { learning_rate: 0.1 } }
    const answer = await service.http.post(`/v1/jobs/${old.id}/retry`).send({ from_checkpoint, changes })
    assert.equal(answer.status, 202, JSON.stringify(answer.body))
    const made = answer.body as Job
    assertMatches(Job, made)
    assert.deepEqual(made.forked_from, { job: old.id, checkpoint: checkpoint.id, step: STEP })
    assert.deepEqual([made.progress.step, made.spec.optimizer.learning_rate], [STEP, 0.1])

    await service.http.delete(`/v1/jobs/${old.id}`).expect(204)
    const claim = await service.store.jobs.claim(made.id, 'wrk_1')
    assert.ok('epoch' in claim)
    assert.deepEqual([claim.fromStep, claim.checkpoints.length], [STEP, 1])
    const [copy] = claim.checkpoints
    assert.ok(copy)
    assert.deepEqual([copy.job, copy.epoch, copy.sha256], [made.id, 0, checkpoint.sha256])
    const { tensors, position } = await readCheckpoint(service.app.artifacts, copy)
    assert.deepEqual([[...(tensors['a']?.data ?? [])], position], [[1], { step: STEP }])
  })
}

test('POST …/retry from where a run had reached its target is refused unless the target changes', async (t) => {
  const service = await testApp(t)
  const target = { series: 'loss', below: 0.5 }
  const { id } = (await service.http.post('/v1/jobs').send({ ...JOB, training: { max_steps: 50, target } })).body as Job
  const epoch = await claimed(service, id)
  await service.store.jobs.heartbeat(id, epoch, { step: STEP })
  await saved(service, { job: id, epoch, step: STEP })
  await service.store.jobs.move(id, epoch, 'running')
  await service.store.jobs.move(id, epoch, 'succeeded', { reason: 'target_reached' })
  const retry = (changes: object) =>
    service.http.post(`/v1/jobs/${id}/retry`).send({ from_checkpoint: 'latest', changes })
  assertProblem(await retry({}), 'CHECKPOINT_UNSUITABLE')
  assert.match(JSON.stringify((await retry({})).body), /\/changes\/training\/target/)
  assert.equal((await retry({ training: { target: { below: 0.1 } } })).status, 202)
  assert.equal((await retry({ training: { target: null } })).status, 202)
})

const REFUSED: [why: string, retry: object, code: string, pointers: string[]][] = [
  ['a field that is wrong', { changes: { sequence_length: 0 } }, 'INVALID_SPECIFICATION', ['/changes/sequence_length']],
  ['an unknown field', { changes: { lenght: 1 } }, 'INVALID_SPECIFICATION', ['/changes/lenght']],
  ['a field with a slash', { changes: { 'a/b': 1 } }, 'INVALID_SPECIFICATION', ['/changes/a~1b']],
  ['a field with a tilde', { changes: { 'a~b': 1 } }, 'INVALID_SPECIFICATION', ['/changes/a~0b']],
  [
    'the path of a field, which sweeps take',
    { changes: { '/optimizer/learning_rate': 0.1 } },
    'INVALID_SPECIFICATION',
    ['/changes/~1optimizer~1learning_rate'],
  ],
  [
    'a data set that is not there',
    { changes: { data: { task: null, dataset: 'ds_00000000000000000000' } } },
    'DATASET_NOT_FOUND',
    ['/changes/data/dataset'],
  ],
  [
    'a network that the checkpoint is not of',
    { from_checkpoint: 'latest', changes: { model: { hidden_size: 3 } } },
    'CHECKPOINT_UNSUITABLE',
    ['/changes/model/hidden_size'],
  ],
  [
    'no step to go on to',
    { from_checkpoint: 'latest', changes: { training: { max_steps: STEP } } },
    'CHECKPOINT_UNSUITABLE',
    ['/changes/training/max_steps'],
  ],
  ['a checkpoint that is not there', { from_checkpoint: 'ckpt_00000000000000000000' }, 'CHECKPOINT_NOT_FOUND', []],
  ['a checkpoint that is no id', { from_checkpoint: 'newest' }, 'INVALID_SPECIFICATION', ['/from_checkpoint']],
]
for (const [why, retry, code, pointers] of REFUSED) {
  test(`POST …/retry refuses ${why}, and makes nothing`, async (t) => {
    const service = await testApp(t)
    const { old } = await failedJob(service)
    const files = service.files().length
    const problem = assertProblem(await service.http.post(`/v1/jobs/${old.id}/retry`).send(retry), code)
    assert.deepEqual(
      (problem.errors ?? []).map(({ pointer }) => pointer),
      pointers,
    )
    assert.equal((await service.store.jobs.list()).data.length, 1)
    assert.equal(service.files().length, files)
  })
}

test('POST …/retry from a checkpoint whose bytes are gone is CHECKPOINT_DAMAGED, and makes nothing', async (t) => {
  const service = await testApp(t)
  const { old, checkpoint } = await failedJob(service)
  await deleteCheckpoint(service.app.artifacts, checkpoint)
  const answer = await service.http.post(`/v1/jobs/${old.id}/retry`).send({ from_checkpoint: 'latest' })
  assertProblem(answer, 'CHECKPOINT_DAMAGED')
  assert.equal((await service.store.jobs.list()).data.length, 1)
  assert.deepEqual(service.files(), [])
})

test('POST …/retry with an Idempotency-Key makes one job and one copy, however often it is sent', async (t) => {
  const service = await testApp(t)
  const { old } = await failedJob(service)
  const baseUrl = await service.app.listen({ host: '127.0.0.1', port: 0 })
  const client = new UnrollClient({ baseUrl })
  const send = () => client.jobs.retry(old.id, { from_checkpoint: 'latest' }, { idempotencyKey: 'once' })
  const first = await send()
  const files = service.files().length
  assert.equal((await send()).id, first.id)
  assert.equal(service.files().length, files)
  await assert.rejects(client.jobs.retry(old.id, {}, { idempotencyKey: 'once' }), { code: 'IDEMPOTENCY_KEY_REUSED' })
})
