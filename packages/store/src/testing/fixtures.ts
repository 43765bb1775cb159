import {
  estimate,
  newId,
  parseJobSpec,
  taskProblem,
  type Checkpoint,
  type CheckpointPolicy,
  type TextDataset,
  type Estimate,
  type Job,
  type JobSpec,
} from '@unroll/contract'
import { Redis } from 'ioredis'
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import type { TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { openStore, type Store, type StoreOptions } from '../store.ts'
import type { Timing } from '../redis/timing.ts'
import { serverUrl } from './server.ts'

/** Deaths are noticed soon, so that tests need not wait long, yet no living process of a loaded machine is taken for dead. */
export const FAST: Timing = {
  lockMs: 3_000,
  stalledCheckMs: 300,
  workerLostMs: 10_000,
  deadlineCheckMs: 50,
  deadlineGraceMs: 300,
  preemptionCheckMs: 50,
  backlogMs: 2_000,
  predictionMs: 2_000,
  sessionMs: 8_000,
}

export interface TestStore {
  store: Store
  redis: Redis
  prefix: string
  url: string
}

/** A store of the test's own, under a new prefix. With the test it is closed, and its keys are deleted. */
export async function testStore(t: TestContext, options: Partial<StoreOptions> = {}): Promise<TestStore> {
  const url = options.url ?? (await serverUrl())
  const prefix = options.prefix ?? `test-${randomBytes(6).toString('hex')}`
  const store = await openStore({ waitForDisk: false, timing: FAST, ...options, url, prefix })
  const redis = new Redis(url)
  redis.on('error', () => {}) // tests stop servers
  atEnd(t, async () => {
    await store.close()
    if (options.url === undefined) await deleteKeys(redis, prefix) // else the keys go with the server
    redis.disconnect()
  })
  return { store, redis, prefix, url }
}

const endings = new WeakMap<TestContext, (() => unknown)[]>()

/** Has `action` run when the test has ended, before those that were given earlier: what is made later may need them. */
export function atEnd(t: TestContext, action: () => unknown): void {
  const actions = endings.get(t) ?? []
  actions.push(action)
  if (actions.length > 1) return
  endings.set(t, actions)
  t.after(async () => {
    for (const each of actions.toReversed()) await each()
  })
}

async function deleteKeys(redis: Redis, prefix: string): Promise<void> {
  for await (const keys of redis.scanStream({ match: `{${prefix}}*`, count: 1000 })) {
    if ((keys as string[]).length > 0) await redis.del(keys as string[])
  }
}

/** A specification and its estimate, from what a client would post. */
export function sampleSpec(body: Record<string, unknown> = {}): { spec: JobSpec; cost: Estimate } {
  const checked = parseJobSpec({ model: { cell: 'rnn', hidden_size: 4 }, data: { task: 'adding' }, ...body })
  if (!checked.ok) throw new Error(`Cannot make a sample: ${JSON.stringify(checked.faults)}`)
  const spec = checked.value
  const cost = 'task' in spec.data ? estimate(spec, taskProblem(spec.data, spec.sequence_length)) : NO_COST
  return { spec, cost }
}

const NO_COST: Estimate = { parameters: 0, memory_bytes: 0, flops_per_step: 0 }

export async function createJob(store: Store, body: Record<string, unknown> = {}): Promise<Job> {
  const { spec, cost } = sampleSpec(body)
  return (await store.jobs.create(spec, cost)).job
}

/** A job that a worker has claimed and trains. */
export async function runningJob(
  store: Store,
  body: Record<string, unknown> = {},
): Promise<{ id: string; epoch: number }> {
  const { id } = await createJob(store, body)
  const claim = await store.jobs.claim(id, 'wrk_1')
  assert.ok('epoch' in claim)
  assert.equal(await store.jobs.move(id, claim.epoch, 'running'), 'moved')
  return { id, epoch: claim.epoch }
}

export function sampleDataset(now: number = Date.now()): TextDataset {
  return {
    id: newId('dataset', now, randomBytes(16)),
    object: 'dataset',
    name: 'sample',
    kind: 'text',
    bytes: 3,
    sha256: '00',
    characters: 3,
    vocabulary_size: 2,
    created_at: new Date(now).toISOString(),
  }
}

export const KEEP_ALL: CheckpointPolicy = {
  every_steps: 1,
  keep_latest: 1000,
  keep_best: 0,
  keep_spaced: 0,
  best_by: 'evaluation_loss',
}

export function sampleCheckpoint({
  job,
  epoch,
  step,
  ...more
}: Pick<Checkpoint, 'job' | 'epoch' | 'step'> & Partial<Checkpoint>): Checkpoint {
  return {
    id: newId('checkpoint', Date.now(), randomBytes(16)),
    object: 'checkpoint',
    job,
    epoch,
    step,
    created_at: new Date().toISOString(),
    bytes: 8,
    sha256: '00',
    metrics: {},
    ...more,
  }
}

/** Waits until `condition` gives a value. Fails after `withinMs`. */
export async function eventually<Value>(
  condition: () => Promise<Value | undefined | false> | Value | undefined | false,
  withinMs = 60_000,
): Promise<Value> {
  const since = performance.now()
  for (;;) {
    const value = await condition()
    if (value !== undefined && value !== false) return value
    assert.ok(performance.now() - since < withinMs, `Condition was not met within ${withinMs} ms`)
    await sleep(10)
  }
}
