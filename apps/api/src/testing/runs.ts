import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { checkpointFiles, writeCheckpoint, type CheckpointState } from '@unroll/artifacts'
import { encodeDecoding, newId, type Checkpoint, type Dataset, type Job } from '@unroll/contract'
import { JOB, type TestApp } from './app.ts'

const POLICY = { every_steps: 1, keep_latest: 1, keep_best: 0, keep_spaced: 0, best_by: 'evaluation_loss' as const }

/** Has a worker of the test's own take a job; answers the epoch. */
export async function claimed({ store }: TestApp, job: string): Promise<number> {
  const claim = await store.jobs.claim(job, 'wrk_1')
  assert.ok('epoch' in claim, JSON.stringify(claim))
  await store.jobs.move(job, claim.epoch, 'running')
  return claim.epoch
}

/** Leaves a checkpoint of a job at a step, with its bytes. */
export async function saved(
  { app, store }: TestApp,
  {
    job,
    epoch,
    step,
    metadata = {},
    tensors = { a: { shape: [1], data: Float32Array.of(1) } },
  }: { job: string; epoch: number; step: number } & Partial<Pick<CheckpointState, 'metadata' | 'tensors'>>,
): Promise<Checkpoint> {
  const now = Date.now()
  const id = newId('checkpoint', now, randomBytes(16))
  const about = { id, job, epoch, step, created_at: new Date(now).toISOString() }
  const files = checkpointFiles({
    tensors,
    position: { step },
    metadata,
  })
  const engine = { name: 'tfjs', backend: 'wasm', versions: {} }
  const { bytes, sha256 } = await writeCheckpoint(app.artifacts, { ...about, engine }, files)
  const checkpoint: Checkpoint = { ...about, object: 'checkpoint', bytes, sha256, metrics: { loss: 0.5 } }
  assert.notEqual(await store.checkpoints.register(checkpoint, POLICY), 'fenced')
  return checkpoint
}

/** Brings a job to its end as a worker does that trains it to its last step. Without a loss it fails. */
export async function trained(service: TestApp, job: string, loss: number | undefined): Promise<void> {
  const epoch = await claimed(service, job)
  const { max_steps: step } = (await service.store.jobs.get(job)).spec.training
  await saved(service, { job, epoch, step })
  if (loss === undefined) await service.store.jobs.move(job, epoch, 'failed', { reason: 'engine_error' })
  else await service.store.jobs.move(job, epoch, 'succeeded', { result: { evaluation_loss: loss } })
}

/** A job on a text that has a checkpoint at step 3, and another text. */
export async function withCheckpoint(service: TestApp): Promise<{ job: string; dataset: string; checkpoint: string }> {
  const upload = async (text: string) => {
    const answered = await service.http.post('/v1/datasets').type('text/plain').send(text).expect(201)
    return (answered.body as Dataset).id
  }
  const body = {
    ...JOB,
    data: { dataset: await upload('abracadabra'.repeat(9)) },
    sequence_length: 4,
    training: { batch_size: 2 },
  }
  const { id } = (await service.http.post('/v1/jobs').send(body).expect(201)).body as Job
  const metadata = encodeDecoding({ kind: 'text', problem: 'next_symbol', vocabulary: ['a', 'b', 'c', 'd', 'r'] })
  const run = { job: id, epoch: await claimed(service, id), step: 3, metadata }
  return { job: id, dataset: await upload('cadabra'), checkpoint: (await saved(service, run)).id }
}
