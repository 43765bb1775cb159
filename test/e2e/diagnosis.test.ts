import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import supertest from 'supertest'
import type { Diagnosis, JobEvent, Probe } from '@unroll/contract'
import { pollToTheEnd, submit, untilJob } from './jobs.ts'
import { eventually, startService, type Service } from './service.ts'

const TRAINING = { batch_size: 8, max_steps: 60, evaluation_batches: 1 }

describe('the diagnosis, with real workers', { concurrency: false }, () => {
  let service: Service
  before(async () => {
    service = await startService()
  })
  after(async () => {
    assert.equal(await service.stop(), 0, service.output())
  })

  async function run(body: object): Promise<{ id: string; status: string }> {
    const { id } = await submit(service.url, body)
    await pollToTheEnd(service.url, id)
    const { status } = await untilJob(service.url, id, 'ends', ({ finished_at }) => finished_at !== null)
    return { id, status }
  }

  async function about<Answer>(id: string, what: string): Promise<Answer> {
    const { body } = await supertest(service.url).get(`/v1/jobs/${id}/${what}`).expect(200)
    return body as Answer
  }

  async function warnings(id: string): Promise<unknown[]> {
    const { data } = await about<{ data: JobEvent[] }>(id, 'events?limit=100')
    return data.filter(({ code }) => code === 'diagnosis_warning').map(({ data: { finding } }) => finding)
  }

  test('a run that explodes is diagnosed, and the specification proposed succeeds', async () => {
    const { id, status } = await run({
      model: { cell: 'rnn', activation: 'identity', hidden_size: 8, init: { spectral_radius: 1.5 } },
      data: { task: 'adding' },
      sequence_length: 60,
      clipping: { policy: 'none' },
      optimizer: { type: 'sgd', learning_rate: 0.01 },
      training: TRAINING,
    })
    assert.equal(status, 'failed')
    const { findings } = await about<Diagnosis>(id, 'diagnosis')
    assert.deepEqual(
      findings.map(({ code }) => code),
      ['exploding'],
    )
    const [finding] = findings
    assert.deepEqual([finding?.evidence.layer, finding?.evidence.timestep], [0, 1])
    assert.ok(['NaN', 'Infinity'].includes(String(finding?.evidence.figures['loss'])))
    assert.equal(finding?.proposed_spec?.clipping.policy, 'norm')
    assert.deepEqual(await warnings(id), ['exploding'])
    assert.equal((await run(finding?.proposed_spec ?? {})).status, 'succeeded')
  })

  test('a run that vanishes is diagnosed with β and horizon, which the probe flow gives too', async (t) => {
    const { id, status } = await run({
      model: { cell: 'rnn', hidden_size: 8 },
      data: { task: 'adding' },
      sequence_length: 100,
      training: TRAINING,
    })
    assert.equal(status, 'succeeded')
    const { findings } = await about<Diagnosis>(id, 'diagnosis')
    assert.deepEqual(
      findings.map(({ code }) => code),
      ['vanishing', 'horizon_short'],
    )
    const { evidence } = findings[0] ?? {}
    const { step, layers, timesteps } = await about<Probe>(id, `probe?step=${evidence?.to_step}`)
    const [layer] = layers
    t.diagnostic(`β ${layer?.beta}, horizon ${layer?.horizon} at step ${step}`)
    assert.deepEqual([step, timesteps], [evidence?.to_step, 100])
    assert.ok(Math.abs(Number(evidence?.figures['beta']) / Number(layer?.beta) - 1) < 1e-6)
    assert.equal(evidence?.figures['horizon'], layer?.horizon)
    assert.deepEqual(await warnings(id), ['vanishing', 'horizon_short'])
  })

  for (const { what, init, from } of [
    { what: 'and its loss is no longer finite', init: { spectral_radius: 3 }, from: 'the start' },
    { what: 'while its loss is finite', init: { recurrent: 'normal', std: 0.35 }, from: 'the step of the finding' },
  ]) {
    test(`a run that explodes ${what} goes on from ${from} with the proposed change`, async () => {
      const { id, status } = await run({
        model: { cell: 'rnn', activation: 'identity', hidden_size: 8, init },
        data: { task: 'adding' },
        sequence_length: 100,
        clipping: { policy: 'none' },
        optimizer: { type: 'sgd', learning_rate: 1e-30 },
        training: { ...TRAINING, max_steps: 5_000 },
        observe: { probe_every: 5 },
        on_finding: 'fork',
      })
      const old = await untilJob(service.url, id, 'has ended', ({ finished_at }) => finished_at !== null)
      assert.deepEqual([status, old.status_reason, old.error?.code], ['failed', 'forked_by_finding', 'exploding'])
      const told = await eventually('the fork is made', async () => {
        const { data } = await about<{ data: JobEvent[] }>(id, 'events?limit=100')
        return data.find(({ code }) => code === 'job_forked')
      })
      const fork = String(told.data['job'])
      const made = await untilJob(service.url, fork, 'is there', () => true)
      const [finding] = (await about<Diagnosis>(id, 'diagnosis')).findings
      assert.equal(made.forked_from?.step ?? null, from === 'the start' ? null : (finding?.first_step ?? 0))
      assert.equal(made.retry_of, from === 'the start' ? id : null)
      const { model, clipping } = finding?.proposed_spec ?? {}
      assert.deepEqual([made.spec.model, made.spec.clipping, made.spec.on_finding], [model, clipping, 'notify'])
      await supertest(service.url).post(`/v1/jobs/${fork}/cancel`).expect(202)
      await untilJob(service.url, fork, 'ends', ({ finished_at }) => finished_at !== null)
    })
  }

  test('a healthy run gets no finding and no warning', async () => {
    const { id } = await run({
      model: { cell: 'lstm', hidden_size: 8, init: { chrono_t_max: 20 } },
      data: { task: 'adding' },
      sequence_length: 10,
      training: TRAINING,
    })
    assert.deepEqual((await about<Diagnosis>(id, 'diagnosis')).findings, [])
    assert.deepEqual(await warnings(id), [])
  })
})
