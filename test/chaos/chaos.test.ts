// Everything is killed at named places and at random, again and again; every job ends as if nothing had happened.

import assert from 'node:assert/strict'
import { after, describe, test, type TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Checkpoint, Job, Page, Sweep } from '@unroll/contract'
import { pollToTheEnd } from '../e2e/jobs.ts'
import { eventually } from '../e2e/service.ts'
import { startFleet, type FaultSetting, type Fleet } from './fleet.ts'
import { insist } from './patient.ts'

/** How many kills at least; `npm run test:chaos` asks for a hundred. */
const KILLS = Number(process.env['UNROLL_CHAOS_KILLS'] ?? 12)
const WORKERS = 3
const JOBS_AT_ONCE = 4
const STEPS = 240

const JOBS = [
  { clipping: { policy: 'zscore', z: 1 }, optimizer: { type: 'adam', schedule: { type: 'cosine' } } },
  { data: { task: 'copy', length: 2 }, bptt: { mode: 'truncated', k1: 5, k2: 10 }, optimizer: { type: 'momentum' } },
  { data: { task: 'delayed_echo', lag: 2 }, bptt: { mode: 'adaptive', k1: 2, adapt_every: 12, bias_bound: 0.2 } },
].map((more, index) => ({
  model: { cell: index === 0 ? 'lstm' : 'gru', hidden_size: 8, layers: 2 },
  data: { task: 'adding' },
  sequence_length: 10,
  training: { batch_size: 4, max_steps: STEPS, evaluate_every: 40 },
  observe: { flow_every: 20 },
  checkpoint: { every_steps: 15 },
  max_restarts: 1000,
  ...more,
}))

/** Of so many jobs, the first two come by a sweep: they are alike but in what their numbers do not follow from. */
const JOBS_A_SWEEP = 5
const ALIKE = { priority: { values: [100, 101] } }

/** At which visit of a process it dies, and its share of the kills. */
const POINTS: Record<string, { every: number; share: number }> = {
  'run.row': { every: 97, share: 0.12 },
  'artifact.write': { every: 13, share: 0.08 },
  'artifact.before_rename': { every: 8, share: 0.08 },
  'artifact.after_rename': { every: 10, share: 0.08 },
  'checkpoint.before_manifest': { every: 4, share: 0.1 },
  'checkpoint.before_register': { every: 9, share: 0.08 },
  'checkpoint.after_register': { every: 11, share: 0.08 },
  'rows.appended': { every: 14, share: 0.08 },
  'attempt.claimed': { every: 2, share: 0.06 },
  'attempt.before_conclusion': { every: 2, share: 0.06 },
  'attempt.concluded': { every: 1, share: 0.06 },
  'job.recorded': { every: 2, share: 0.04 },
  'job.interrupted': { every: 1, share: 0.04 },
  'sweep.planned': { every: 1, share: 0.04 },
}
const KILL_EVERY_MS = 8_000 // from outside: Redis, the API and a worker in turn

interface Submitted {
  jobs: [kind: number, id: string][]
  sweeps: string[]
  /** Jobs that have not ended. */
  open: Set<string>
}

interface Ended {
  job: Job
  steps: number[]
  series: Record<string, unknown[]>
  sha256: string | undefined
}

describe('a fleet in which everything is killed', { concurrency: false }, () => {
  const fleets: Fleet[] = []
  after(() => Promise.all(fleets.map((fleet) => fleet.stop())))

  test(`${KILLS} kills leave no trace in weights, metrics or states`, async (t) => {
    const calm = await startFleet({ workers: 1 })
    fleets.push(calm)
    const expected: Ended[] = []
    for (const [kind] of JOBS.entries()) expected.push(await ended(calm, await submit(calm, kind, `calm-${kind}`)))
    await calm.stop()
    fleets.length = 0

    const faults = Object.fromEntries(
      Object.entries(POINTS).map(([point, { every, share }]): [string, FaultSetting] => [
        point,
        { action: 'kill', every, times: Math.ceil(KILLS * share) },
      ]),
    )
    const fleet = await startFleet({ workers: WORKERS, faults })
    fleets.push(fleet)
    const { jobs, sweeps, outside } = await breakEverything(fleet)
    const inside = await fleet.fired()
    tell(t, jobs, inside, outside)
    for (const point of Object.keys(POINTS)) assert.ok(inside.get(`${point} kill`), `${point} was never reached`)
    for (const [kind, id] of jobs) assertSame(await ended(fleet, id), expected[kind]!)
    for (const id of sweeps) await assertWhole(fleet, id)
  })
})

/** Keeps jobs running until there were enough kills and every job has ended. */
async function breakEverything(fleet: Fleet): Promise<Submitted & { outside: Map<string, number> }> {
  const submitted: Submitted = { jobs: [], sweeps: [], open: new Set() }
  const outside = new Map<string, number>()
  const killing = new AbortController()
  const killer = killInTurn(fleet, outside, killing.signal)
  const isEnough = async () => {
    const inside = await fleet.fired()
    const total = [...inside.values(), ...outside.values()].reduce((sum, count) => sum + count, 0)
    return total >= KILLS && Object.keys(POINTS).every((point) => inside.has(`${point} kill`))
  }
  try {
    while (!(await isEnough())) {
      await refill(fleet, submitted)
      await sleep(100)
    }
  } finally {
    killing.abort()
    await killer
  }
  for (const id of submitted.open) while (!(await hasEnded(fleet, id))) await sleep(100)
  return { ...submitted, outside }
}

/** Takes jobs that have ended from those that are open, and submits others in their place. */
async function refill(fleet: Fleet, { jobs, sweeps, open }: Submitted): Promise<void> {
  for (const id of open) if (await hasEnded(fleet, id)) open.delete(id)
  while (open.size < JOBS_AT_ONCE) {
    const kind = jobs.length % JOBS.length
    const key = `chaos-${jobs.length}`
    const made: string[] = []
    if (jobs.length % JOBS_A_SWEEP > 0) made.push(await submit(fleet, kind, key))
    else {
      const { id, runs } = await submitSweep(fleet, kind, key)
      sweeps.push(id)
      made.push(...runs.map(({ job }) => job))
    }
    for (const id of made) {
      jobs.push([kind, id])
      open.add(id)
    }
  }
}

async function killInTurn(fleet: Fleet, killed: Map<string, number>, signal: AbortSignal): Promise<void> {
  for (let turn = 0; !signal.aborted; turn++) {
    await sleep(KILL_EVERY_MS, undefined, { signal }).catch(() => {})
    await insist(fleet.url, '/readyz') // on a slow machine a process may take longer than that to start
    if (signal.aborted) return
    const [name, victim] = (
      [
        ['redis', fleet.redis],
        ['worker', fleet.workers[Math.floor(turn / 3) % WORKERS]],
        ['api', fleet.api],
      ] as const
    )[turn % 3]!
    if (victim?.signal('SIGKILL') === true) killed.set(name, (killed.get(name) ?? 0) + 1)
  }
}

async function submit(fleet: Fleet, kind: number, key: string): Promise<string> {
  return (await post<Job>(fleet, '/v1/jobs', key, JOBS[kind] ?? {})).id
}

/** A sweep once each of its jobs is made: what the API that accepted it left to do, the next one does. */
async function submitSweep(fleet: Fleet, kind: number, key: string): Promise<Sweep> {
  const { id } = await post<Sweep>(fleet, '/v1/sweeps', key, { template: JOBS[kind], space: ALIKE })
  return await eventually(`sweep ${id} has its jobs`, async () => {
    const sweep = await insist<Sweep>(fleet.url, `/v1/sweeps/${id}`)
    return sweep.runs.every(({ status }) => status !== null) ? sweep : undefined
  })
}

/** Sent until it is accepted, under one key: it is done once however often it arrives. */
async function post<T>(fleet: Fleet, path: string, key: string, body: object): Promise<T> {
  const headers = { 'content-type': 'application/json', 'idempotency-key': key }
  return await insist<T>(fleet.url, path, { method: 'POST', headers, body: JSON.stringify(body) })
}

async function hasEnded(fleet: Fleet, id: string): Promise<boolean> {
  const { finished_at } = await insist<Job>(fleet.url, `/v1/jobs/${id}`)
  return finished_at !== null
}

async function ended(fleet: Fleet, id: string): Promise<Ended> {
  const { steps, series } = await pollToTheEnd(fleet.url, id, insist)
  delete series['step_ms']
  const { data } = await insist<{ data: Checkpoint[] }>(fleet.url, `/v1/jobs/${id}/checkpoints`)
  return { job: await insist<Job>(fleet.url, `/v1/jobs/${id}`), steps, series, sha256: data[0]?.sha256 }
}

function assertSame({ job, steps, series, sha256 }: Ended, expected: Ended): void {
  const why = `job ${job.id} with ${job.attempts.length} attempts`
  assert.equal(job.status, 'succeeded', why)
  assert.deepEqual(steps, expected.steps, why)
  assert.deepEqual(series, expected.series, why)
  assert.ok(sha256)
  assert.equal(sha256, expected.sha256, why)
  for (const [index, { epoch, from_step, to_step, end_reason }] of job.attempts.entries()) {
    const before = job.attempts[index - 1]
    const isLast = index === job.attempts.length - 1
    assert.equal(epoch, index + 1, why)
    assert.ok(from_step <= (before?.to_step ?? 0) && from_step >= (before?.from_step ?? 0), why)
    assert.ok(isLast ? end_reason === null && to_step === STEPS : end_reason !== null, `${why} ended ${end_reason}`)
  }
}

/** Asserts that a sweep has the jobs that it was to have, each of them once. */
async function assertWhole(fleet: Fleet, id: string): Promise<void> {
  const ends = async () => {
    const sweep = await insist<Sweep>(fleet.url, `/v1/sweeps/${id}`)
    return sweep.finished_at === null ? undefined : sweep
  }
  const { status, runs } = await eventually(`sweep ${id} ends`, ends)
  assert.deepEqual([status, runs.map(({ trial }) => trial)], ['succeeded', ALIKE.priority.values.map((_, at) => at)])
  const { data } = await insist<Page<Job>>(fleet.url, `/v1/jobs?sweep=${id}`)
  assert.deepEqual(
    data.map((job) => [job.id, job.spec.priority]).toReversed(),
    runs.map(({ job, trial }) => [job, ALIKE.priority.values[trial]]),
  )
}

function tell(
  t: TestContext,
  jobs: readonly unknown[],
  inside: Map<string, number>,
  outside: Map<string, number>,
): void {
  const counts = [...inside, ...outside].map(([name, count]) => `${name} ${count}`)
  const total = [...inside.values(), ...outside.values()].reduce((sum, count) => sum + count, 0)
  t.diagnostic(`${total} kills over ${jobs.length} jobs: ${counts.join(', ')}`)
}
