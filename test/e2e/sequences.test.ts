// Sequences that are uploaded, trained on and evaluated, small versions of docs/sequences.md.

import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import supertest from 'supertest'
import { decodeSafetensors } from '@unroll/formats'
import type { Checkpoint, Dataset, Evaluation, EvaluationReport, Job } from '@unroll/contract'
import { unroll } from './cli.ts'
import { Hold } from './held.ts'
import { getJob, pollToTheEnd, submit } from './jobs.ts'
import { eventually, startService, type Service } from './service.ts'

const HELD_AT = 12
/** A request to an API that was killed may never be answered. */
const ANSWER_MS = 120_000

/** Waves of two frequencies, of 6 to 20 steps; a fifth of them are for the test. */
const WAVES = Array.from({ length: 90 }, (_, n) => ({
  inputs: Array.from({ length: 6 + ((n * 7) % 15) }, (__, t) => [
    Math.sin((n % 2 === 0 ? 0.4 : 1.6) * t + n),
    Math.cos((n % 2 === 0 ? 0.4 : 1.6) * t + n),
  ]),
  label: n % 2 === 0 ? 'slow' : 'fast',
  split: n % 5 === 0 ? 'test' : n % 5 === 1 ? 'validation' : 'train',
}))

describe('jobs on sequences, with real Redis and real worker processes', { concurrency: false }, () => {
  let hold: Hold
  let service: Service
  before(async () => {
    hold = await Hold.at(HELD_AT, { 'evaluation.opened': { action: 'kill', every: 1, times: 1 } })
    service = await startService({ UNROLL_FAULTS: hold.faults })
  })
  after(async () => {
    await hold.close()
    assert.equal(await service.stop(), 0, service.output())
  })

  async function upload(query: string, type: string, body: string): Promise<Dataset> {
    const answer = await supertest(service.url).post(`/v1/datasets?${query}`).type(type).send(body).expect(201)
    return answer.body as Dataset
  }

  async function evaluationsOf(job: Job): Promise<EvaluationReport[]> {
    const { body } = await supertest(service.url).get(`/v1/jobs/${job.id}/evaluations`).expect(200)
    return (body as { data: EvaluationReport[] }).data
  }

  const waves = () => upload('name=waves', 'application/jsonl', WAVES.map((wave) => JSON.stringify(wave)).join('\n'))

  const classify = (dataset: Dataset) => ({
    model: { cell: 'gru', hidden_size: 12 },
    data: { dataset: dataset.id },
    optimizer: { type: 'adam', learning_rate: 0.02 },
    training: { batch_size: 8, max_steps: 60, evaluate_every: 20, early_stopping: { series: 'evaluation_macro_f1' } },
    checkpoint: { best_by: 'evaluation_accuracy' },
  })

  test('sequences of unequal lengths are classified, and every one that is held out is evaluated', async () => {
    const dataset = await waves()
    assert.equal(dataset.kind, 'sequences')
    const job = await submit(service.url, classify(dataset))
    const { series } = await pollToTheEnd(service.url, job.id)
    const ended = await getJob(service.url, job.id)
    assert.equal(ended.status, 'succeeded', JSON.stringify(ended.error))
    const [validation, tested] = await evaluationsOf(job)
    assert.ok(validation && tested)
    assert.deepEqual(
      [validation, tested].map(({ part, sequences, targets }) => [part, sequences, targets]),
      [
        ['validation', 18, 18],
        ['test', 18, 18],
      ],
    )
    assert.ok(Number(tested.scores['accuracy']) > 0.9, JSON.stringify(tested))
    assert.equal(ended.result?.['test_accuracy'], tested.scores['accuracy'])
    assert.equal(ended.result?.['chance_accuracy'], 0.5)
    assert.equal(
      series['evaluation_macro_f1']?.findLast((value) => value !== null),
      validation.scores['macro_f1'],
    )
    assert.deepEqual(
      tested.classes?.map((row) => [row.class, row.support]),
      [
        ['slow', 9],
        ['fast', 9],
      ],
    )
    assert.deepEqual(
      tested.confusion?.map((row) => row[0]! + row[1]!),
      [9, 9],
    )
  })

  test('an upload in parts goes on when the API is killed between two of them', async () => {
    const text = Buffer.from('It is not down on any map; true places never are.\n'.repeat(10_000))
    const middle = 123_457
    const sendPart = (start: number, end?: number) =>
      supertest(service.url)
        .patch('/v1/uploads/whale')
        .set('upload-offset', String(start))
        .type('application/octet-stream')
        .send(text.subarray(start, end))
        .timeout(ANSWER_MS)
        .expect(200)
    await sendPart(0, middle)
    await service.killApi()
    const { offset } = await eventually('the API answers again', async () => {
      const answer = await fetch(`${service.url}/v1/uploads/whale`).catch(() => undefined)
      return answer?.ok === true ? ((await answer.json()) as { offset: number }) : undefined
    })
    assert.equal(offset, middle)
    await sendPart(offset)
    const read = await supertest(service.url)
      .post('/v1/datasets?upload=whale')
      .type('text/plain')
      .timeout(ANSWER_MS)
      .expect(201)
    const { bytes, sha256 } = read.body as Dataset
    assert.deepEqual([bytes, sha256], [text.length, createHash('sha256').update(text).digest('hex')])
  })

  test('a model is decodable when its data set is gone', async () => {
    const dataset = await waves()
    const job = await submit(service.url, { ...classify(dataset), training: { batch_size: 8, max_steps: 2 } })
    await pollToTheEnd(service.url, job.id)
    await supertest(service.url).delete(`/v1/datasets/${dataset.id}`).expect(204)
    const path = `/v1/jobs/${job.id}/checkpoints`
    const [newest] = ((await supertest(service.url).get(path).expect(200)).body as { data: Checkpoint[] }).data
    const { body } = await supertest(service.url).get(`${path}/${newest!.id}/content`).buffer().expect(200)
    const { metadata } = decodeSafetensors(body as Buffer)
    const { inputs, outputs } = JSON.parse(metadata['unroll.data'] ?? 'null') as {
      inputs: { fields: { name: string; scales: { offset: number; unit: number }[] }[] }
      outputs: { classes: string[] }
    }
    assert.deepEqual(outputs.classes, ['slow', 'fast'])
    assert.deepEqual(
      inputs.fields.map(({ name, scales }) => [name, scales.length]),
      [['inputs', 2]],
    )
    const trained = WAVES.filter(({ split }) => split === 'train').flatMap((wave) => wave.inputs.map(([x]) => x!))
    const mean = trained.reduce((sum, x) => sum + x, 0) / trained.length
    assert.ok(Math.abs(inputs.fields[0]!.scales[0]!.offset - mean) < 1e-9, 'the mean of the training part alone')
  })

  test('a data set is evaluated on request as the run evaluated it itself, though its process is killed and the first data set gone', async () => {
    const dataset = await waves()
    const job = await submit(service.url, classify(dataset))
    await pollToTheEnd(service.url, job.id)
    const [, own] = await evaluationsOf(job)
    await supertest(service.url).delete(`/v1/datasets/${dataset.id}`).expect(204)
    // Of the classes, "fast" comes first here.
    const tested = WAVES.filter(({ split }) => split === 'test').map(({ inputs, label }) => ({ inputs, label }))
    const lines = [tested[1]!, tested[0]!, ...tested.slice(2)].map((wave) => JSON.stringify(wave))
    const other = await upload('name=others', 'application/jsonl', lines.join('\n'))
    const { code, out, err } = await unroll(service.url, [
      'evaluate',
      job.id,
      other.id,
      '--checkpoint',
      'latest',
      '--json',
    ])
    assert.equal(code, 0, err)
    const { report, id } = JSON.parse(out) as Evaluation
    assert.ok(report && own)
    assert.equal(await hold.fired('evaluation.opened kill'), 1, 'the first process was killed')
    assert.deepEqual([report.sequences, report.targets, report.step], [own.sequences, own.targets, own.step])
    assert.deepEqual(report.confusion, own.confusion)
    assert.ok(Math.abs(Number(report.scores['loss']) - Number(own.scores['loss'])) < 1e-6)
    const known = await evaluationsOf(job)
    assert.deepEqual(known.at(-1), { ...report, id, dataset: other.id, checkpoint: known.at(-1)?.checkpoint })
    const table = await unroll(service.url, ['evaluation', job.id, '--part', 'dataset'])
    assert.match(table.out, new RegExp(`^${other.id}, step \\d+, 18 targets: .*accuracy`))
  })

  test('a worker killed while it trains on sequences: another attempt ends with the same numbers', async () => {
    const dataset = await waves()
    const body = { ...classify(dataset), training: { batch_size: 8, max_steps: 24, evaluate_every: 8 } }
    const undisturbed = await submit(service.url, body)
    const expected = await pollToTheEnd(service.url, undisturbed.id)
    await hold.engage()
    const job = await submit(service.url, body)
    const worker = await eventually('a worker has the job', async () => {
      const answer = await supertest(service.url).get('/v1/workers').expect(200)
      const workers = (answer.body as { data: { pid: number; slots: { job: string | null }[] }[] }).data
      return workers.find(({ slots }) => slots.some((slot) => slot.job === job.id))
    })
    await hold.untilHeld()
    process.kill(worker.pid, 'SIGKILL')
    await hold.release()
    const { steps, series } = await pollToTheEnd(service.url, job.id)
    assert.deepEqual(steps, expected.steps)
    for (const name of ['loss', 'evaluation_loss', 'evaluation_macro_f1'])
      assert.deepEqual(series[name], expected.series[name])
    assert.equal((await getJob(service.url, job.id)).attempts.length, 2)
    assert.deepEqual(await evaluationsOf(job), await evaluationsOf(undisturbed))
  })

  test('a series is forecast beside its seasonal baseline', async () => {
    const rows = Array.from(
      { length: 200 },
      (_, t) => `${t},${10 + 5 * Math.sin((2 * Math.PI * t) / 12) + (t % 7) / 7}`,
    )
    const dataset = await upload('name=season&layout=long&time=month', 'text/csv', ['month,sales', ...rows].join('\n'))
    const job = await submit(service.url, {
      model: { cell: 'gru', hidden_size: 8 },
      data: { dataset: dataset.id, horizon: 3, season: 12, split: { validation: 0.2 } },
      sequence_length: 24,
      bptt: { mode: 'truncated', k1: 12, k2: 24 },
      optimizer: { type: 'adam', learning_rate: 0.02 },
      training: { batch_size: 4, max_steps: 60 },
    })
    await pollToTheEnd(service.url, job.id)
    const ended = await getJob(service.url, job.id)
    const [validation] = await evaluationsOf(job)
    assert.equal(validation?.targets, 3 * 40)
    assert.deepEqual(
      validation.horizons?.map(({ horizon, targets }) => [horizon, targets]),
      [1, 2, 3].map((horizon) => [horizon, 40]),
    )
    const mae = Number(ended.result?.['evaluation_mae'])
    assert.equal(mae, validation.scores['mae'])
    // A season is 12 steps and the other rhythm 7: the season repeated is off by 2/7 or 5/7 of a unit.
    const chance = Number(ended.result?.['chance_mae'])
    assert.ok(chance > 0.3 && chance < 0.6, `baseline ${chance}`)
    assert.ok(mae < 2, `error ${mae}`)
  })

  test('whole numbers at each step are classes that are learned and evaluated', async () => {
    const lines = WAVES.map(({ inputs }) =>
      JSON.stringify({ inputs, label: inputs.map(([x]) => (x! > 0.5 ? 2 : x! < -0.5 ? -1 : 0)) }),
    )
    const dataset = await upload('name=signs', 'application/jsonl', lines.join('\n'))
    const job = await submit(service.url, {
      model: { cell: 'gru', hidden_size: 12 },
      data: { dataset: dataset.id, validation_fraction: 0.2 },
      optimizer: { type: 'adam', learning_rate: 0.02 },
      training: { batch_size: 8, max_steps: 60 },
    })
    await pollToTheEnd(service.url, job.id)
    const [validation] = await evaluationsOf(job)
    assert.deepEqual(validation?.classes?.map((row) => row.class).toSorted(), ['-1', '0', '2'])
    assert.ok(Number(validation?.scores['accuracy']) > 0.8, JSON.stringify(validation?.scores))
  })

  test('a job that does not suit its sequences is refused with every fault at once, before it is queued', async () => {
    const dataset = await waves()
    const { body } = await supertest(service.url)
      .post('/v1/jobs')
      .send({
        model: { cell: 'gru', embedding_size: 4 },
        data: { dataset: dataset.id },
        sequence_length: 10,
        bptt: { mode: 'truncated', k1: 5 },
        training: { target: { series: 'evaluation_mae', below: 1 } },
      })
      .expect(422)
    const { errors } = body as { errors: { pointer: string; detail: string }[] }
    assert.deepEqual(
      errors.map(({ pointer }) => pointer),
      ['/sequence_length', '/bptt/mode', '/model/embedding_size', '/training/target/series'],
    )
    assert.match(errors[0]!.detail, /Must be ≥ 20, .* current value is 10/)
  })
})
