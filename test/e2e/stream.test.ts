// Who reads the stream of a run hears every row once, whatever dies meanwhile: with real Redis, API and worker.

import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { UnrollClient, type Job } from '@unroll/client'
import { startFleet, type Fleet } from '../chaos/fleet.ts'
import { insist } from '../chaos/patient.ts'
import { linkTo, type Link } from './link.ts'
import { Reader, polled } from './reader.ts'

const STEPS = 120
const EVERY = 15 // steps between checkpoints
const FLOW_EVERY = 5
const JOB = {
  model: { cell: 'lstm', hidden_size: 8, layers: 2 },
  data: { task: 'adding' },
  sequence_length: 10,
  training: { batch_size: 4, max_steps: STEPS },
  observe: { flow_every: FLOW_EVERY },
  checkpoint: { every_steps: EVERY },
}
/** Of a loss beyond what float32 holds at the first step. */
const EXPLODING = {
  model: { cell: 'rnn', activation: 'identity', hidden_size: 8, init: { spectral_radius: 1.5 } },
  data: { task: 'adding' },
  sequence_length: 120,
  clipping: { policy: 'none' },
  optimizer: { type: 'sgd', learning_rate: 0.01 },
  training: { batch_size: 8, max_steps: 60, evaluation_batches: 1 },
}
/** The worker freezes as its third checkpoint of a run is about to count: rows are stored that none has which counts. */
const FREEZE = 'checkpoint.before_register'
const PATIENCE_MS = 180_000

describe('the stream of a run, with real Redis and real processes', { concurrency: false }, () => {
  let fleet: Fleet
  let link: Link
  let client: UnrollClient
  before(async () => {
    fleet = await startFleet({ workers: 1, faults: { [FREEZE]: { action: 'stop', times: 1, every: 3 } } })
    link = await linkTo(fleet.url)
    client = new UnrollClient({ baseUrl: fleet.url })
  })
  after(async () => {
    link.close()
    await fleet.stop()
  })

  async function submit(key: string, body: object): Promise<string> {
    const headers = { 'content-type': 'application/json', 'idempotency-key': key }
    return (await insist<Job>(fleet.url, '/v1/jobs', { method: 'POST', headers, body: JSON.stringify(body) })).id
  }

  test('a reader who is cut off hears each row once and in order, although the API and the worker are killed', async (t) => {
    const id = await submit('disturbed', JOB)
    const reader = new Reader(new UnrollClient({ baseUrl: link.url }).stream(id, { patienceMs: PATIENCE_MS }))
    await reader.until('rows are heard', ({ rows }) => rows.steps.length > 0)
    link.cut()
    await reader.until(
      'rows are heard that no checkpoint has, of a worker that is frozen',
      async ({ rows, checkpoints }) =>
        checkpoints.length === 2 &&
        (rows.steps.at(-1) ?? 0) > 2 * EVERY &&
        (await fleet.fired()).get(`${FREEZE} stop`) === 1,
    )
    assert.ok(fleet.api.signal('SIGKILL'))
    assert.ok(fleet.workers[0]?.signal('SIGKILL'))
    const end = await reader.end()
    const { rows, flow, log } = reader.told
    assert.equal(end.status, 'succeeded')
    assert.deepEqual(
      end.attempts.map(({ from_step, end_reason }) => [from_step, end_reason]),
      [
        [0, 'worker_lost'],
        [2 * EVERY, null],
      ],
    )
    assert.deepEqual(rows.steps, from(1, STEPS))
    assert.deepEqual(rows.voided, from(2 * EVERY + 1, rows.voided.at(-1) ?? 0))
    assert.ok(rows.voided.length >= EVERY && link.connections >= 3, 'the faults must have fired')
    t.diagnostic(`${rows.voided.length} rows came again, over ${link.connections} connections`)
    assert.deepEqual(
      flow.steps,
      from(1, STEPS).filter((step) => step === 1 || step % FLOW_EVERY === 0),
    )
    assert.deepEqual(
      log.map(({ seq }) => seq),
      from(1, log.length),
    )
    const told = await polled(client, id)
    assert.deepEqual([rows.values, flow.values, log], [told.rows.values, told.flow.values, told.log])
  })

  test('a run that explodes says so with Inf and NaN as numbers, and with what the diagnosis finds', async () => {
    const id = await submit('exploding', EXPLODING)
    const reader = new Reader(client.stream(id, { patienceMs: PATIENCE_MS }))
    const end = await reader.end()
    const { rows, flow, log } = reader.told
    assert.deepEqual([end.status, end.status_reason], ['failed', 'nonfinite_loss'])
    const { loss, grad_norm: norm } = rows.values[0] as Record<string, unknown>
    assert.deepEqual([loss, norm], [Infinity, NaN])
    const norms = (flow.values as [norms: unknown[]][]).flatMap(([all]) => all)
    assert.ok(norms.includes(Infinity) || norms.includes(NaN))
    assert.ok(norms.every((value) => typeof value === 'number'))
    assert.deepEqual(
      log.flatMap(({ code, data }) => (code === 'diagnosis_warning' ? [data['finding']] : [])),
      ['exploding'],
    )
    const told = await polled(client, id)
    assert.deepEqual([rows.values, flow.values, log], [told.rows.values, told.flow.values, told.log])
  })
})

function from(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, at) => first + at)
}
