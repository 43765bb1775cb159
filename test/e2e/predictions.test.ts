// What trained networks answer, while others train.

import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { UnrollClient, type UnrollProblem } from '@unroll/client'
import type { Dataset, Prediction, Worker } from '@unroll/contract'
import { decodeRows, encodeColumns } from '@unroll/datasets'
import supertest from 'supertest'
import { unroll } from './cli.ts'
import { Hold } from './held.ts'
import { getJob, pollToTheEnd, smallJob, submit } from './jobs.ts'
import { eventually, startService, type Service } from './service.ts'

const NEVER = 1_000_000
const TEXT = 'the quick brown fox jumps over the lazy dog. '.repeat(20)
/** Sequences of which the first symbol is the class, and the others say nothing. */
const FIRST = Array.from({ length: 120 }, (_, n) => {
  const others = Array.from({ length: 5 }, (__, t) => 'xyz'[(n * 7 + t * (n % 5) + t) % 3]!)
  return { inputs: ['ab'[n % 2]!, ...others], label: 'ab'[n % 2]! }
})
const TOGETHER = 120

describe('predictions, with real Redis and real worker processes', { concurrency: false }, () => {
  let hold: Hold
  let service: Service
  let client: UnrollClient
  before(async () => {
    hold = await Hold.at(NEVER, { 'prediction.opened': { action: 'kill', every: 1, times: 1 } })
    service = await startService({ UNROLL_FAULTS: hold.faults })
    client = new UnrollClient({ baseUrl: service.url })
  })
  after(async () => {
    await hold.close()
    assert.equal(await service.stop(), 0, service.output())
  })

  async function trainOn(type: string, content: string, body: object): Promise<string> {
    const answer = await supertest(service.url).post('/v1/datasets').type(type).send(content).expect(201)
    const { id } = await submit(service.url, { ...body, data: { dataset: (answer.body as Dataset).id } })
    await pollToTheEnd(service.url, id)
    const job = await getJob(service.url, id)
    assert.equal(job.status, 'succeeded', JSON.stringify(job.error))
    return id
  }

  test('a text is written from a prompt, always the same from a seed, though the process that writes is killed', async () => {
    const id = await trainOn('text/plain', TEXT, {
      model: { cell: 'gru', hidden_size: 24 },
      sequence_length: 20,
      optimizer: { type: 'adam', learning_rate: 0.03 },
      training: { batch_size: 8, max_steps: 120, evaluate_every: 0 },
    })
    const query = { prompt: 'the quick b', temperature: 0, length: 9 }
    const { text } = await client.predictions.create(id, query)
    assert.equal(await hold.fired('prediction.opened kill'), 1, 'the first process was killed')
    assert.equal(text, 'rown fox ')
    let streamed = ''
    for await (const piece of client.predictions.stream(id, { ...query, temperature: 1, length: 40 }))
      if ('text' in piece) streamed += piece.text
    assert.equal(Array.from(streamed).length, 40)
    const args = ['predict', id, '--prompt', 'the quick b', '--length', '40']
    assert.equal((await unroll(service.url, args)).out, `the quick b${streamed}\n`)
    const { text: fromNothing } = await client.predictions.create(id, { prompt: '', length: 5 })
    assert.equal(fromNothing?.length, 5)
    const inputs = ['the quick b', 'fox']
    const expected = await client.predictions.create(id, { inputs })
    const table = encodeColumns([{ name: 'text', type: 'text', values: inputs }])
    const asJson = await unroll(service.url, ['predict', id, '--input', '-', '--json'], { input: table })
    assert.deepEqual(JSON.parse(asJson.out), expected, 'a table in Arrow is asked as the same list in JSON')
    const asTable = ['predict', id, '--input', '-', '--steps', '--arrow']
    const { out } = await unroll(service.url, asTable, { input: JSON.stringify(inputs), encoding: 'latin1' })
    const answers = decodeRows(Buffer.from(out, 'latin1'))
    assert.deepEqual(
      answers.map((row) => [row['length'], row['answer.class'], row['nats']]),
      expected.predictions?.map(({ length, answer, nats }) => [length, answer.class, [nats]]),
    )
    for await (const piece of client.predictions.stream(id, { prompt: 't', length: 1_000_000 })) {
      assert.ok('text' in piece && piece.text.length < 1_000_000, 'a part of a million characters')
      break // leaves
    }
    await eventually('the worker stops to write for who has left', async () => {
      const log = await readFile(join(service.dataFolder, 'logs/worker.log'), 'utf8')
      return /"withdrawn":true/.test(log) || undefined
    })
    const inputsOfTile = Array.from({ length: 168 }, () => TEXT)
    await eventually('the model that stays open takes memory from the jobs that start', async () => {
      await client.predictions.create(id, { inputs: inputsOfTile }) // a small model alone takes hardly more than a process that waits
      const { body } = await supertest(service.url).get('/v1/workers').timeout(60_000)
      const [worker] = (body as { data: Worker[] }).data
      return (worker?.slots[0]?.memory_bytes ?? Infinity) < (worker?.memory_bytes ?? 0) || undefined
    })

    const registered = await unroll(service.url, ['register', id, 'fox', '--alias', 'production'])
    assert.equal(registered.out, 'fox version 1\n', registered.err)
    await client.jobs.delete(id)
    const { text: byName, version } = await client.predictions.create({ model: 'fox' }, query)
    assert.deepEqual([byName, version], [text, 1], 'a registered model answers when its job is deleted')
    assert.equal(
      (await unroll(service.url, ['predict', 'fox@production', ...args.slice(2)])).out,
      `the quick b${streamed}\n`,
    )
    assert.match(
      (await unroll(service.url, ['models'])).out,
      new RegExp(`^fox +1 +production +gru +120 .* ${id}$`, 'm'),
    )
    const file = join(await mkdtemp(join(tmpdir(), 'unroll-model-')), 'fox.safetensors')
    const exported = await unroll(service.url, ['export', 'fox@production', '--format', 'safetensors', '-o', file])
    assert.match(exported.err, /^verified: /, 'a registered model is exported when its job is deleted')
    assert.ok((await readFile(`${file}.md`, 'utf8')).includes(id))
    await rm(dirname(file), { recursive: true })
    assert.equal((await unroll(service.url, ['delete-model', 'fox', '--all'])).out, 'fox deleted\n')
  })

  test('many predictions at the same time are answered as each alone, and change no number of a run beside them', async () => {
    const id = await trainOn('application/jsonl', FIRST.map((sequence) => JSON.stringify(sequence)).join('\n'), {
      model: { cell: 'gru', hidden_size: 8 },
      optimizer: { type: 'adam', learning_rate: 0.03 },
      training: { batch_size: 16, max_steps: 80 },
    })
    const body = smallJob(60)
    const undisturbed = await submit(service.url, body)
    const expected = await pollToTheEnd(service.url, undisturbed.id)
    const alone = new Map<number, Prediction>()
    for (const n of [0, 7, 50]) alone.set(n, await client.predictions.create(id, { inputs: [FIRST[n]!.inputs] }))
    const run = await submit(service.url, body)
    const all = await Promise.all(
      Array.from({ length: TOGETHER }, (_, n) => client.predictions.create(id, { inputs: [FIRST[n]!.inputs] })),
    )
    const got = await pollToTheEnd(service.url, run.id)
    for (const name of ['loss', 'grad_norm']) assert.deepEqual(got.series[name], expected.series[name], name)
    for (const [n, prediction] of alone) assert.deepEqual(all[n], prediction, `sequence ${n}`)
    const right = all.filter(({ predictions }, n) => predictions?.[0]?.answer.class === FIRST[n]!.label)
    assert.equal(right.length, TOGETHER)

    const { predictions } = await client.predictions.create(id, {
      inputs: [FIRST[0]!.inputs],
      saliency: true,
      gates: true,
    })
    const [explained] = predictions ?? []
    assert.equal(explained?.saliency?.length, 6)
    assert.ok(explained.saliency.every((norm) => norm > 0))
    assert.deepEqual(Object.keys(explained.gates ?? {}), ['0.u', '0.r'])
    const input = JSON.stringify([FIRST[0]!.inputs])
    const { out, code, err } = await unroll(service.url, ['predict', id, '--input', '-', '--saliency'], { input })
    assert.equal(code, 0, err)
    assert.match(out, /^SEQUENCE +STEPS +ANSWER\n0 +6 +a [^]*STEP +SALIENCY\n1 /)

    const sample = await client.predictions.trace(id, { sample: 3 })
    assert.deepEqual([sample.of, sample.length, sample.targets.length, sample.layers.length], ['loss', 6, 1, 1])
    assert.equal(sample.layers[0]?.gradients['h']?.[5]?.length, 8)
    const none = client.predictions.trace(id, { sample: 9_999 })
    await assert.rejects(none, (error: UnrollProblem) => {
      assert.match(error.problem.errors?.[0]?.detail ?? '', /the run evaluates \d+$/)
      return error.problem.code === 'INPUT_UNSUITABLE'
    })
    const one = { input: JSON.stringify(FIRST[0]!.inputs) }
    const traced = await unroll(service.url, ['trace', id, '--input', '-', '--target', '"a"'], one)
    assert.equal(traced.code, 0, traced.err)
    assert.match(traced.out, /^L: the loss, [^]*STEP +X +ANSWER +\|dL\/dx\| +0.u +0.r +\|0.h\| +\|dL\/d0.h\|\n1 +a /)
  })

  test('a model of sequences that leave steps out answers one as it answers the sequence without them', async () => {
    const lines = FIRST.map(({ inputs, label }, n) => ({
      inputs,
      label,
      mask: inputs.map((_, t) => Number(t !== 1 + (n % 4))),
    }))
    const content = lines.map((line) => JSON.stringify(line)).join('\n')
    const id = await trainOn('application/jsonl', content, {
      model: { cell: 'gru', hidden_size: 8 },
      training: { batch_size: 16, max_steps: 3 },
    })
    const { inputs, mask } = lines[0]!
    const { predictions = [] } = await client.predictions.create(id, {
      inputs: [
        { inputs, mask },
        { inputs: inputs.map((symbol, t) => (mask[t] === 1 ? symbol : null)), mask },
        inputs.filter((_, t) => mask[t] === 1),
        inputs,
      ],
    })
    const [own, hidden, joined, whole] = predictions.map(({ answer }) => answer)
    assert.deepEqual(own, joined)
    assert.deepEqual(own, hidden)
    assert.notDeepEqual(own, whole, 'a model that leaves nothing out answers otherwise')
    const told = client.predictions.create(id, { inputs: [{ inputs, mask: [1, 0, 2, 1, 1, 1] }] })
    await assert.rejects(told, (error: UnrollProblem) => {
      assert.deepEqual(
        error.problem.errors?.map(({ pointer }) => pointer),
        ['/inputs/0/mask/2'],
      )
      return error.problem.status === 422
    })
    const { spec } = await getJob(service.url, id)
    const refused = await supertest(service.url)
      .post('/v1/jobs?dry_run=true')
      .send({ model: { cell: 'gru' }, data: { ...spec.data, mask: 'label' } })
      .expect(422)
    assert.deepEqual(
      (refused.body as { errors: { pointer: string }[] }).errors.map(({ pointer }) => pointer),
      ['/data/mask'],
    )
  })

  test('a model of sequences that begin from states of their own answers by the state that is given, each class held against all others', async () => {
    const lines = FIRST.map(({ inputs, label }, n) => ({
      inputs: inputs.slice(1),
      label,
      start: Array.from({ length: 16 }, (_, h) => (h % 2 === n % 2 ? 0.8 : -0.8)),
    }))
    const content = lines.map((line) => JSON.stringify(line)).join('\n')
    const posted = await supertest(service.url).post('/v1/datasets').type('application/jsonl').send(content).expect(201)
    const body = {
      model: { cell: 'lstm', hidden_size: 8 },
      data: { dataset: (posted.body as Dataset).id, initial_state: 'start', readout: 'sigmoid' },
      optimizer: { type: 'adam', learning_rate: 0.03 },
      training: { batch_size: 16, max_steps: 60 },
    }
    const { id } = await submit(service.url, body)
    await pollToTheEnd(service.url, id)
    const { result } = await getJob(service.url, id)
    assert.equal(result?.['evaluation_accuracy'], 1, 'nothing but the state says the class')
    const inputs = lines[0]!.inputs
    const asked = [0, 1].map((n) => ({ inputs, start: lines[n]!.start }))
    const { predictions = [] } = await client.predictions.create(id, { inputs: asked, saliency: true })
    assert.deepEqual(
      predictions.map(({ answer }) => answer.class),
      ['a', 'b'],
    )
    for (const [n, { answer }] of predictions.entries()) {
      const own = ['a', 'b'].map((name) => Number(answer.probabilities?.[name]) > 0.5)
      assert.deepEqual(own, [n === 0, n === 1])
      assert.notEqual(Number(answer.probabilities?.['a']) + Number(answer.probabilities?.['b']), 1)
    }
    const file = join(await mkdtemp(join(tmpdir(), 'unroll-apart-')), 'apart.safetensors')
    const exported = await unroll(service.url, ['export', id, '--format', 'safetensors', '-o', file])
    assert.match(exported.err, /^verified: /, 'a file has no state of a sequence, and takes any')
    await rm(dirname(file), { recursive: true })
    const traces = await Promise.all(asked.map((input) => client.predictions.trace(id, { input, target: 'a' })))
    assert.ok(
      Number(traces[0]?.loss) < 0.1 && Number(traces[1]?.loss) > 1,
      'the loss of a trace is from the given state',
    )
    const sample = await client.predictions.trace(id, { sample: 0 })
    assert.ok(Number(sample.loss) < 0.1, String(sample.loss))
    for (const [input, pointer] of [
      [inputs, '/inputs/0/start'],
      [{ inputs, start: [1, 2] }, '/inputs/0/start'],
    ] as const) {
      await assert.rejects(client.predictions.create(id, { inputs: [input] }), (error: UnrollProblem) => {
        assert.deepEqual(
          error.problem.errors?.map((fault) => fault.pointer),
          [pointer],
        )
        return error.problem.status === 422
      })
    }
    const refused = await supertest(service.url)
      .post('/v1/jobs?dry_run=true')
      .send({ ...body, model: { cell: 'gru', hidden_size: 8 } })
      .expect(422)
    assert.match((refused.body as UnrollProblem['problem']).errors?.[0]?.detail ?? '', /8 numbers .*"start" has 16/)
  })
})
