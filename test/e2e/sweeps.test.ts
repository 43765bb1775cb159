// Sweeps with a real worker, whose API is killed each time it has written down what is to become of one.

import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import type { Checkpoint, Job, Page, Sweep } from '@unroll/contract'
import { insist } from '../chaos/patient.ts'
import { unroll } from './cli.ts'
import { pollToTheEnd } from './jobs.ts'
import { eventually, startService, type Service } from './service.ts'

const MIN_STEPS = 4
const TEMPLATE = {
  model: { cell: 'lstm', hidden_size: 4 },
  data: { task: 'adding' },
  sequence_length: 8,
  training: { batch_size: 4, max_steps: 6 },
}
const GRID = {
  template: TEMPLATE,
  space: { '/optimizer/learning_rate': { values: [0.01] }, 'model.cell': { values: ['rnn', 'gru', 'indrnn'] } },
}
const HALVING = {
  template: TEMPLATE,
  space: { 'training.seed': { distribution: 'int_uniform', min: 1, max: 1_000 } },
  strategy: { type: 'successive_halving', min_steps: MIN_STEPS, eta: 2, samples: 4 },
}
const KILLS = 3 // after the records of the grid and of the halving, and after that of its second rung

/** Children of a loaded machine start one after the other. */
const LIMIT_MS = 600_000

describe('sweeps, with real Redis and real processes', { concurrency: false }, () => {
  let service: Service
  let folder: string
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'unroll-sweeps-'))
    const fault = { action: 'kill', times: KILLS, every: 1 }
    const plan = { log: join(folder, 'faults'), points: { 'sweep.planned': fault } }
    service = await startService({ UNROLL_ENGINE: 'wasm', UNROLL_FAULTS: JSON.stringify(plan) })
  })
  after(async () => {
    assert.equal(await service.stop(), 0, service.output())
    await rm(folder, { recursive: true })
  })

  const post = (body: object, key: string) =>
    insist<Sweep>(service.url, '/v1/sweeps', {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': key },
      body: JSON.stringify(body),
    })
  const kills = async () => (await readFile(join(folder, 'faults'), 'utf8')).split('\n').length - 1
  const untilSweep = (id: string, what: string, holds: (sweep: Sweep) => boolean) =>
    eventually(
      `sweep ${id} ${what}`,
      async () => {
        const sweep = await insist<Sweep>(service.url, `/v1/sweeps/${id}`)
        return holds(sweep) ? sweep : undefined
      },
      { limitMs: LIMIT_MS },
    )
  const ended = (id: string) => untilSweep(id, 'ends', ({ finished_at }) => finished_at !== null)
  const jobsOf = async (id: string) => (await insist<Page<Job>>(service.url, `/v1/jobs?sweep=${id}&limit=100`)).data

  test('an API killed between a sweep and its jobs leaves none out and makes none twice', async () => {
    const sent = fetch(`${service.url}/v1/sweeps`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': 'grid' },
      body: JSON.stringify(GRID),
    })
    await assert.rejects(sent)
    assert.equal(await kills(), 1)
    const found = await eventually('a sweep has its jobs', async () => {
      const { data } = await insist<Page<Sweep>>(service.url, '/v1/sweeps')
      const [sweep] = data
      return sweep !== undefined && Object.values(sweep.jobs).reduce((sum, count) => sum + count, 0) === 3
        ? sweep
        : undefined
    })
    assert.equal((await post(GRID, 'grid')).id, found.id)
    const { status, best, runs } = await ended(found.id)
    assert.equal(status, 'succeeded')
    assert.deepEqual(
      runs.map(({ changes }) => [changes['/optimizer/learning_rate'], changes['/model/cell']]),
      [
        [0.01, 'rnn'],
        [0.01, 'gru'],
        [0.01, 'indrnn'],
      ],
    )
    const jobs = await jobsOf(found.id)
    assert.deepEqual(
      jobs.map(({ id }) => id).toReversed(),
      runs.map(({ job }) => job),
    )
    const losses = jobs.map(({ result }) => Number(result?.['evaluation_loss']))
    assert.equal(best?.value, Math.min(...losses))
    assert.deepEqual(
      runs.map(({ job, value }) => [job, value]),
      runs.map(({ job }) => [job, jobs.find(({ id }) => id === job)?.result?.['evaluation_loss']]),
    )
  })

  test('successive halving ends with the run that nobody interrupted, no update computed twice', async () => {
    const { id } = await post(HALVING, 'halving')
    const { status, best, runs } = await ended(id)
    assert.equal(await kills(), KILLS)
    assert.deepEqual([status, runs.map(({ rung }) => rung)], ['succeeded', [0, 0, 0, 0, 1, 1, 2]])
    const ofRung = (rung: number) => runs.filter((run) => run.rung === rung)
    for (const rung of [1, 2]) {
      const last = ofRung(rung - 1).toSorted((a, b) => Number(a.value) - Number(b.value))
      const chosen = last.slice(0, ofRung(rung).length).map(({ trial }) => trial)
      assert.deepEqual(
        ofRung(rung).map(({ trial }) => trial),
        chosen.toSorted((a, b) => a - b),
      )
    }
    assert.equal(best?.job, runs.at(-1)?.job)

    const rowsOf = async (job: string) => await pollToTheEnd(service.url, job)
    const winner = runs.filter(({ trial }) => trial === best?.trial)
    const steps = await Promise.all(winner.map(async ({ job }) => (await rowsOf(job)).steps))
    assert.deepEqual(steps, [
      from(1, MIN_STEPS),
      from(MIN_STEPS + 1, 2 * MIN_STEPS),
      from(2 * MIN_STEPS + 1, 4 * MIN_STEPS),
    ])

    const { spec } = await insist<Job>(service.url, `/v1/jobs/${best?.job}`)
    const alone = await insist<Job>(service.url, '/v1/jobs', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(spec),
    })
    const { series } = await rowsOf(alone.id)
    assert.equal(series['evaluation_loss']?.at(-1), best?.value)
    const weights = async (job: string) =>
      (await insist<Page<Checkpoint>>(service.url, `/v1/jobs/${job}/checkpoints`)).data[0]?.sha256
    assert.equal(await weights(best?.job ?? ''), await weights(alone.id))
    assert.ok(await weights(alone.id))
  })

  test('a trial whose gradient vanishes is stopped long before its end, and the sweep goes on without it', async () => {
    const steps = 10_000
    const template = { model: { hidden_size: 8 }, data: { task: 'adding' }, sequence_length: 100 }
    const { id } = await post(
      {
        template: { ...template, training: { batch_size: 4, max_steps: steps, evaluate_every: 0 } },
        space: {
          '/model/cell': { values: ['rnn'] },
          // The second ends at its first step, where its loss is below this; the first never does.
          '/training/target': { values: [null, { series: 'loss', below: 1e9 }] },
        },
        stop_on: ['vanishing', 'horizon_short'],
      },
      'stopping',
    )
    const sweep = await ended(id)
    assert.equal(sweep.status, 'succeeded')
    const [stopped, whole] = sweep.runs
    assert.deepEqual([stopped?.status, stopped?.stopped_by, stopped?.value], ['failed', 'vanishing', null])
    assert.deepEqual([whole?.status, whole?.stopped_by], ['succeeded', null])
    assert.equal(sweep.best?.trial, 1)
    const job = await insist<Job>(service.url, `/v1/jobs/${stopped?.job}`)
    assert.equal(job.status_reason, 'stopped_by_finding')
    assert.match(job.error?.message ?? '', /^The gradient vanishes: found at step \d+\. /)
    assert.ok(job.progress.step < steps / 2, `stopped at step ${job.progress.step}`)
    const { out } = await unroll(service.url, ['show-sweep', id])
    assert.match(out, /^stops on +vanishing, horizon_short$/m)
    assert.match(out, new RegExp(`failed \\(vanishing\\) .*${stopped?.job}`))
  })

  test('a sweep that is cancelled ends all its jobs, those that train and those that wait', async () => {
    const endless = { ...TEMPLATE, training: { ...TEMPLATE.training, max_steps: 1_000_000 } }
    const { id } = await post({ ...GRID, template: endless }, 'endless')
    await untilSweep(id, 'trains', ({ runs }) => runs.some(({ step }) => step > 0))
    await insist<Sweep>(service.url, `/v1/sweeps/${id}/cancel`, { method: 'POST' })
    const { status, jobs } = await ended(id)
    assert.deepEqual([status, jobs.cancelled], ['cancelled', 3])
    assert.ok((await jobsOf(id)).some(({ attempts }) => attempts.length === 0))
  })
})

function from(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, at) => first + at)
}
