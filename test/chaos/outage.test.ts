// Redis goes away while jobs train, and comes back with what its append-only file has: nobody notices but by waiting.

import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Checkpoint, Job, Page, Worker } from '@unroll/contract'
import { pollToTheEnd } from '../e2e/jobs.ts'
import { eventually } from '../e2e/service.ts'
import { startFleet, type Fleet } from './fleet.ts'
import { insist } from './patient.ts'

/** How long Redis is stopped at least; `npm run test:chaos` asks for a minute. */
const AWAY_MS = Number(process.env['UNROLL_CHAOS_AWAY_S'] ?? 11) * 1_000
const LOCK_MS = 10_000 // no lock outlives the absence
const BOUND_MS = 15_000 // docs/operations.md
const SLACK_MS = 45_000 // what a loaded machine may add to it
const LIMIT_MS = 600_000 // for what takes as long as the machine takes
const WORKERS = 2
const SLOTS = 2
const JOBS = WORKERS * SLOTS
const ENDLESS = 1_000_000
const EVERY = 10 // steps between checkpoints, evaluations and observations: a run does all of them at its last step

/** The jobs are of each in turn. */
const KINDS = [
  { model: { cell: 'lstm', hidden_size: 16, layers: 2 }, clipping: { policy: 'zscore', z: 1 } },
  { model: { cell: 'gru', hidden_size: 24 }, bptt: { mode: 'truncated', k1: 10, k2: 20 } },
].map((kind) => ({
  ...kind,
  data: { task: 'adding' },
  sequence_length: 20,
  observe: { flow_every: EVERY },
  checkpoint: { every_steps: EVERY, keep_latest: 1000 },
  max_restarts: 0,
}))

const ofKind = (ids: readonly string[], kind: number) => ids.filter((_, at) => at % KINDS.length === kind)

/** When Redis was away, in milliseconds since 1970. */
interface Absence {
  from: number
  to: number
}

describe('a fleet whose Redis goes away', { concurrency: false }, () => {
  let fleet: Fleet
  after(() => fleet.stop())

  test(`training goes on while Redis is stopped for ${AWAY_MS / 1_000} s, then killed, and ends as if it had not been`, async (t) => {
    fleet = await startFleet({ workers: WORKERS, slots: SLOTS, lockMs: LOCK_MS })
    const ids = await Promise.all(Array.from({ length: JOBS }, (_, at) => submit(fleet, at % KINDS.length, ENDLESS)))
    await untilBeyond(fleet, ids, EVERY)

    const absence = await stopRedis(fleet, ids)
    t.diagnostic(`stopped: all is right ${await untilRight(fleet, ids)} ms after it is back`)
    await killRedis(fleet)
    t.diagnostic(`killed: all is right ${await untilRight(fleet, ids)} ms after it is back`)

    const ends = await Promise.all(KINDS.map((_, kind) => commonStep(fleet, ofKind(ids, kind))))
    for (const id of ids) await insist(fleet.url, `/v1/jobs/${id}/cancel`, { method: 'POST' })
    const undisturbed = await Promise.all(ends.map((steps, kind) => submit(fleet, kind, steps)))
    for (const [kind, steps] of ends.entries()) {
      const expected = await outcome(fleet, undisturbed[kind] ?? '')
      for (const id of ofKind(ids, kind)) {
        const found = await outcome(fleet, id)
        assertSame(found, expected, steps)
        const meanwhile = savedIn(found.checkpoints, absence)
        t.diagnostic(`${found.steps.length} steps in all; saved while Redis was away: ${meanwhile.join(' … ')}`)
        assert.ok(meanwhile.length > 0, `job ${id} must train while Redis is away`)
      }
    }
  })
})

async function submit({ url }: Fleet, kind: number, steps: number): Promise<string> {
  const training = { batch_size: 8, max_steps: steps, evaluate_every: EVERY, evaluation_batches: 1 }
  const headers = { 'content-type': 'application/json' }
  const body = JSON.stringify({ ...KINDS[kind], training })
  return (await insist<Job>(url, '/v1/jobs', { method: 'POST', headers, body })).id
}

/** Stops the server in order, so that every connection ends, and starts it again after a while in which every job was saved. */
async function stopRedis(fleet: Fleet, ids: readonly string[]): Promise<Absence> {
  await fleet.redis.down()
  const from = Date.now()
  await untilMissed(fleet)
  const before = await Promise.all(ids.map((id) => fleet.saved(id)))
  await sleep(from + AWAY_MS - Date.now())
  for (const [at, id] of ids.entries()) {
    // The second of them was begun while Redis was away.
    const isSaved = async () => (await fleet.saved(id)) >= (before[at] ?? 0) + 2 || undefined
    await eventually(`job ${id} trains without Redis`, isSaved, { limitMs: LIMIT_MS })
  }
  const to = Date.now()
  fleet.redis.up()
  await insist(fleet.url, '/readyz')
  return { from, to }
}

/** Kills the server, which is started again at once and reads its append-only file. */
async function killRedis(fleet: Fleet): Promise<void> {
  fleet.redis.signal('SIGKILL')
  await insist(fleet.url, '/readyz')
}

/** Whoever asks meanwhile is told to come again. */
async function untilMissed({ url }: Fleet): Promise<void> {
  const answer = await eventually('the API misses Redis', async () => {
    const response = await fetch(`${url}/v1/queue`).catch(() => undefined)
    return response?.status === 503 ? response : undefined
  })
  assert.ok(Number(answer.headers.get('retry-after')) > 0)
}

/** Waits until every job trains in its first attempt, shown by a worker that is online; answers how long that took. */
async function untilRight({ url }: Fleet, ids: readonly string[]): Promise<number> {
  const since = performance.now()
  const before = await Promise.all(ids.map((id) => insist<Job>(url, `/v1/jobs/${id}`)))
  await eventually('all is right', async () => {
    const workers = (await insist<{ data: Worker[] }>(url, '/v1/workers')).data
    const held = workers.filter(({ status }) => status === 'online').flatMap(({ slots }) => slots.map(({ job }) => job))
    const jobs = await Promise.all(ids.map((id) => insist<Job>(url, `/v1/jobs/${id}`)))
    const isRight = ({ id, status, progress }: Job, at: number) =>
      status === 'running' && held.includes(id) && progress.step > (before[at]?.progress.step ?? 0)
    return (held.length === ids.length && jobs.every(isRight)) || undefined
  })
  const ms = Math.round(performance.now() - since)
  assert.ok(ms < BOUND_MS + SLACK_MS, `${ms} ms`)
  return ms
}

/** A step at which all of these jobs have a checkpoint. */
async function commonStep(fleet: Fleet, ids: readonly string[]): Promise<number> {
  const jobs = await Promise.all(ids.map((id) => insist<Job>(fleet.url, `/v1/jobs/${id}`)))
  const furthest = Math.max(...jobs.map(({ progress }) => progress.step))
  const step = EVERY * Math.ceil(furthest / EVERY)
  await untilBeyond(fleet, ids, step + EVERY)
  return step
}

async function untilBeyond({ url }: Fleet, ids: readonly string[], step: number): Promise<void> {
  for (const id of ids) {
    const isBeyond = async () => (await insist<Job>(url, `/v1/jobs/${id}`)).progress.step > step || undefined
    await eventually(`job ${id} is beyond step ${step}`, isBeyond, { limitMs: LIMIT_MS })
  }
}

interface Outcome {
  job: Job
  steps: number[]
  series: Record<string, unknown[]>
  checkpoints: Checkpoint[]
}

async function outcome({ url }: Fleet, id: string): Promise<Outcome> {
  const { steps, series } = await pollToTheEnd(url, id, insist)
  delete series['step_ms']
  const checkpoints: Checkpoint[] = []
  for (let query: string | null = ''; query !== null;) {
    const page: Page<Checkpoint> = await insist(url, `/v1/jobs/${id}/checkpoints?limit=100${query}`)
    checkpoints.push(...page.data)
    query = page.next === null ? null : `&after=${page.next}`
  }
  return { job: await insist<Job>(url, `/v1/jobs/${id}`), steps, series, checkpoints }
}

/** Asserts that a job is, up to a step, what an undisturbed one of as many steps is. */
function assertSame({ job, steps, series, checkpoints }: Outcome, expected: Outcome, upTo: number): void {
  assert.deepEqual([job.status, job.attempts.length, job.refused_writes], ['cancelled', 1, 0], job.id)
  assert.deepEqual([expected.job.status, expected.steps.length], ['succeeded', upTo])
  assert.deepEqual(
    steps,
    steps.map((_, at) => at + 1),
  )
  assert.deepEqual(steps.slice(0, upTo), expected.steps)
  for (const name of Object.keys(expected.series)) assert.deepEqual(series[name]?.slice(0, upTo), expected.series[name])
  const sha256Of = (all: Checkpoint[]) => all.find(({ step }) => step === upTo)?.sha256
  assert.ok(sha256Of(expected.checkpoints))
  assert.equal(sha256Of(checkpoints), sha256Of(expected.checkpoints), `weights of job ${job.id} at step ${upTo}`)
}

/** The first and the last step that were saved in a time. */
function savedIn(checkpoints: readonly Checkpoint[], { from, to }: Absence): number[] {
  const steps = checkpoints
    .filter(({ created_at: at }) => Date.parse(at) > from && Date.parse(at) < to)
    .map(({ step }) => step)
  return steps.length === 0 ? [] : [Math.min(...steps), Math.max(...steps)]
}
