// A network that reads in both directions, from the job to its exported file, in the whole service.

import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { UnrollClient } from '@unroll/client'
import type { Dataset } from '@unroll/contract'
import { decodeSafetensors } from '@unroll/formats'
import supertest from 'supertest'
import { unroll } from './cli.ts'
import { getJob, pollToTheEnd, submit, untilJob } from './jobs.ts'
import { startService, type Service } from './service.ts'

/** Each step is labelled by the symbol after it, which only a backward direction has read; sequences of 3 to 8 steps. */
const NEXT = Array.from({ length: 96 }, (_, n) => {
  const inputs = Array.from(
    { length: 3 + (n % 6) },
    (__, t) => 'ab'[(n * 5 + t * (1 + (n % 3)) + Math.floor(n / 7)) % 2]!,
  )
  return { inputs, targets: inputs.map((_symbol, t) => inputs[t + 1] ?? 'end') }
})
const LINES = NEXT.map((sequence) => JSON.stringify(sequence)).join('\n')

describe('a bidirectional network, with real Redis and real worker processes', { concurrency: false }, () => {
  let service: Service
  let client: UnrollClient
  let dataset = ''
  before(async () => {
    service = await startService()
    client = new UnrollClient({ baseUrl: service.url })
    const answer = await supertest(service.url).post('/v1/datasets').type('application/jsonl').send(LINES).expect(201)
    dataset = (answer.body as Dataset).id
  })
  after(async () => {
    assert.equal(await service.stop(), 0, service.output())
  })

  const body = (changes: object = {}) => ({
    model: { cell: 'gru', hidden_size: 8, layers: 2, bidirectional: true },
    data: { dataset },
    sequence_length: 8,
    optimizer: { type: 'adam', learning_rate: 0.03 },
    training: { batch_size: 16, max_steps: 150, seed: 1, ...changes },
    observe: { flow_every: 10, probe_every: 50, saturation_every: 50 },
    checkpoint: { every_steps: 40 },
  })

  test('it learns what no forward network can know, and its flow, answers, trace and file have both directions', async () => {
    const { id } = await submit(service.url, body())
    const { series } = await pollToTheEnd(service.url, id)
    const job = await getJob(service.url, id)
    assert.equal(job.status, 'succeeded', JSON.stringify(job.error))
    assert.equal(
      series['evaluation_accuracy']?.findLast((value) => value !== null),
      1,
    )
    for (const family of ['spectral_radius', 'grad_norm', 'gate_saturation'])
      assert.ok(
        Object.keys(series).some((name) => name.startsWith(`${family}/layers.1.backward.`)),
        family,
      )

    for (const layer of [0, 1, 2, 3]) {
      const flow = await client.jobs.flow(id, { layer })
      assert.equal(flow.layers, 4)
      assert.ok(
        flow.log10_norm[0]!.every((norm) => Number.isFinite(norm)),
        `layer ${layer}`,
      )
    }
    const beyond = await supertest(service.url).get(`/v1/jobs/${id}/flow?layer=4`).expect(400)
    assert.match(JSON.stringify(beyond.body), /Must be < 4/)

    const asked = NEXT.slice(0, 40)
    const { predictions = [] } = await client.predictions.create(id, {
      inputs: asked.map(({ inputs }) => inputs),
      steps: true,
    })
    for (const [n, { targets }] of asked.entries())
      assert.deepEqual(
        predictions[n]?.steps?.map((step) => step.class),
        targets,
        `sequence ${n}`,
      )
    const [first] = asked
    const one = await client.predictions.create(id, { inputs: [first!.inputs], steps: true })
    assert.deepEqual(one.predictions?.[0], predictions[0], 'the same alone')

    const traced = await client.predictions.trace(id, { sample: 0 })
    assert.deepEqual(
      traced.layers.map(({ name }) => name),
      ['layers.0.forward', 'layers.0.backward', 'layers.1.forward', 'layers.1.backward'],
    )
    const told = await unroll(service.url, ['trace', id, '--sample', '0'])
    assert.match(told.out, /\|1\.backward\.h\|/, told.err)

    const checkpoint = (await client.jobs.checkpoints(id)).data[0]!
    const file = await supertest(service.url)
      .get(`/v1/jobs/${id}/checkpoints/${checkpoint.id}/content?format=pytorch`)
      .responseType('blob')
    assert.equal(file.status, 422) // gru with its reset before the product
    const own = await supertest(service.url)
      .get(`/v1/jobs/${id}/checkpoints/${checkpoint.id}/content?format=safetensors`)
      .responseType('blob')
      .expect(200)
    assert.ok('layers.1.backward.Wu' in decodeSafetensors(own.body as Buffer).tensors)
  })

  test('it resumes after a pause bit for bit', async () => {
    const long = body({ max_steps: 400, evaluate_every: 0 })
    const straight = await submit(service.url, long)
    const expected = await pollToTheEnd(service.url, straight.id)
    const paused = await submit(service.url, long)
    await untilJob(service.url, paused.id, 'has begun', ({ progress }) => progress.step > 5)
    await client.jobs.pause(paused.id)
    const { progress } = await untilJob(service.url, paused.id, 'is paused', ({ status }) => status === 'paused')
    assert.ok(progress.step < 400)
    await client.jobs.resume(paused.id)
    const got = await pollToTheEnd(service.url, paused.id)
    for (const name of ['loss', 'grad_norm']) assert.deepEqual(got.series[name], expected.series[name], name)
  })
})
