// One file, as everything is asked of models that nobody has trained, made by one function.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Engine } from '@unroll/bptt'
import { modelDecoding, parseJobSpec, readAsked, readTraced, type PredictionRequest } from '@unroll/contract'
import { selectEngine } from '@unroll/engines'
import { openFeed, takeSample } from '@unroll/tasks'
import { describeProgram } from '../train.ts'
import { TrainedModel, type Trained } from './trained_model.ts'

const ASKED: PredictionRequest = {
  checkpoint: 'best',
  length: 12,
  temperature: 1,
  seed: 3,
  steps: false,
  saliency: false,
  gates: false,
}
const VOCABULARY = Array.from('\nabcdef')

/** A model that nobody has trained, of a task or of a text. */
async function untrained(engine: Engine, body: object, isText = false): Promise<Trained> {
  const parsed = parseJobSpec({ model: { cell: 'lstm', hidden_sizes: [9, 5] }, sequence_length: 40, ...body })
  assert.ok(parsed.ok, JSON.stringify(parsed))
  const spec = parsed.value
  const feed = await openFeed(
    spec,
    isText ? { text: { symbols: new Uint8Array(2000), unit: 'character', vocabulary: VOCABULARY } } : undefined,
  )
  const decoding = modelDecoding(
    spec,
    isText ? { kind: 'text', problem: 'next_symbol', vocabulary: VOCABULARY } : undefined,
  )
  const session = await engine.open(describeProgram(spec, feed, engine))
  const { tensors } = await session.state()
  session.dispose()
  assert.ok(decoding)
  return { spec, decoding, tensors }
}

const TEXT = { data: { dataset: 'ds_0123456789abcdefghij' } }

async function predicted(model: TrainedModel, { decoding }: Trained, inputs: unknown[]) {
  const read = readAsked({ ...ASKED, inputs }, decoding)
  assert.ok('asked' in read && read.asked.kind === 'inputs', JSON.stringify(read))
  return await model.predict(read.asked, { steps: true, saliency: false, gates: false })
}

async function written(
  model: TrainedModel,
  { decoding }: Trained,
  prompt: string,
  more: Partial<PredictionRequest> = {},
) {
  const request = { ...ASKED, prompt, ...more }
  const read = readAsked(request, decoding)
  assert.ok('asked' in read && read.asked.kind === 'prompt', JSON.stringify(read))
  let text = ''
  for await (const symbol of model.write(read.asked, request)) text += symbol
  return text
}

for (const name of ['tensorflow', 'wasm']) {
  const selected = await selectEngine(name as 'wasm').catch(() => undefined)
  const options = selected === undefined ? { skip: `${name} is not on this machine` } : {}

  for (const bidirectional of [false, true])
    test(
      `${name}: answers ${bidirectional ? 'of both directions ' : ''}are those of the evaluation of the run, and of a sequence the same whatever else is asked`,
      options,
      async () => {
        const { engine } = selected!
        const optimizer = { type: 'sgd', weight_average: 0.9 }
        const both = { cell: 'lstm', hidden_sizes: [9, 5], bidirectional }
        const body = { model: both, data: { task: 'adding' }, training: { batch_size: 4 }, optimizer }
        const begun = await untrained(engine, body)
        // The average is what answers, so that it is made another one than the weights.
        const halved = Object.entries(begun.tensors).map(([tensor, { shape, data }]) => [
          tensor,
          { shape, data: tensor.startsWith('average.') ? data.map((value) => value / 2) : data },
        ])
        const trained: Trained = { ...begun, tensors: Object.fromEntries(halved) }
        const feed = await openFeed(trained.spec)
        const session = await engine.open(describeProgram(trained.spec, feed, engine), {
          tensors: trained.tensors,
          updates: 0,
        })
        const { batch } = [...feed.evaluationBatches][0]!
        const { outputs } = await session.evaluate(batch, { from: 'initial', outputs: true })
        session.dispose()
        const inputs = Array.from({ length: 4 }, (_, n) =>
          Array.from({ length: 40 }, (__, t) => [batch.inputs[(t * 4 + n) * 2], batch.inputs[(t * 4 + n) * 2 + 1]]),
        )
        const model = await TrainedModel.open(engine, trained)
        const answers = await predicted(model, trained, inputs)
        for (const [n, { answer }] of answers.entries())
          assert.equal(Number(answer.values?.[0]?.[0]), outputs![n], `sequence ${n}, in a batch of 4 and in a tile`)
        const many = Array.from({ length: 300 }, (_, n) => inputs[n % 4]!.slice(0, 1 + (n % 40)))
        const together = await predicted(model, trained, many)
        for (const [n, sequence] of many.entries())
          if (n % 26 === 0)
            assert.deepEqual((await predicted(model, trained, [sequence]))[0], together[n], `sequence ${n}`)
        model.dispose()
      },
    )

  test(`${name}: answers do not depend on what else is asked at the same time`, options, async () => {
    const trained = await untrained(selected!.engine, TEXT, true)
    const model = await TrainedModel.open(selected!.engine, trained)
    const texts = Array.from({ length: 50 }, (_, n) => 'abcdef'.repeat(9).slice(n % 5, (n % 5) + 1 + n))
    const together = await predicted(model, trained, texts)
    const prompts = ['', 'a', 'abc'.repeat(20)]
    const texts2 = await Promise.all(prompts.map((prompt) => written(model, trained, prompt)))
    for (const [n, text] of texts.entries()) {
      if (n % 7 > 0) continue
      assert.deepEqual((await predicted(model, trained, [text]))[0], together[n], text)
    }
    for (const [n, prompt] of prompts.entries()) assert.equal(await written(model, trained, prompt), texts2[n])
    model.dispose()
    assert.equal(together[49]!.steps?.length, 50)
  })
}

test('predict() answers a sequence that leaves steps out as the sequence without them, with no saliency at them', async () => {
  const { engine } = await selectEngine('cpu')
  const task = await untrained(engine, { data: { task: 'adding' } })
  assert.ok(task.decoding.kind === 'sequences')
  const { inputs, ...others } = task.decoding
  const decoding = { ...others, inputs: { ...inputs, mask: 'mask' } }
  const model = await TrainedModel.open(engine, { ...task, decoding })
  const steps = Array.from({ length: 12 }, (_, t): [number, number] => [t / 12, Number(t % 5 === 1)])
  const mask = steps.map((_, t) => Number(t % 3 > 0))
  const holed = steps.map((step, t) => (mask[t] === 1 ? step : null))
  const asked = [{ inputs: holed, mask }, { inputs: steps.filter((_, t) => mask[t] === 1) }, { inputs: steps, mask }]
  const read = readAsked({ ...ASKED, inputs: asked }, decoding)
  assert.ok('asked' in read && read.asked.kind === 'inputs', JSON.stringify(read))
  const wanted = { steps: true, saliency: true, gates: false }
  const [left, joined, full] = await model.predict(read.asked, wanted)
  assert.deepEqual(left!.answer, joined!.answer)
  assert.deepEqual(left, full, 'what stands at a step that is left out does not count')
  assert.deepEqual(
    left!.saliency!.map((norm) => Number(norm) > 0),
    mask.map((taken) => taken === 1),
  )
  model.dispose()
  for (const [input, pointer] of [
    [{ inputs: steps, mask: [1, 2] }, '/inputs/0/mask/1'],
    [{ inputs: steps, mask: [1, 0] }, '/inputs/0'],
    [{ inputs: holed, mask: steps.map(() => 1) }, '/inputs/0/inputs/0'],
  ] as const) {
    const refused = readAsked({ ...ASKED, inputs: [input] }, decoding)
    assert.ok('faults' in refused)
    assert.deepEqual(
      refused.faults.map((fault) => fault.pointer),
      [pointer],
    )
  }
})

test('predict() of a task reads its symbols as numbers, as samples have them, or as texts', async () => {
  const { engine } = await selectEngine('cpu')
  const trained = await untrained(engine, { data: { task: 'copy' } })
  const model = await TrainedModel.open(engine, trained)
  const [numbers, texts, other] = await predicted(model, trained, [
    [1, 2, 0, 1],
    ['1', '2', '0', '1'],
    [1, 2, 1, 1],
  ])
  assert.deepEqual(numbers, texts)
  assert.notDeepEqual(numbers!.answer, other!.answer)
  model.dispose()
  const refused = readAsked({ ...ASKED, inputs: [[1, 1.5]] }, trained.decoding)
  assert.deepEqual('faults' in refused && refused.faults.map(({ pointer }) => pointer), ['/inputs/0/1'])
})

test('write() of temperature 0 takes the likeliest, of top_k 1 too, and of a seed always the same', async () => {
  const { engine } = await selectEngine('cpu')
  const trained = await untrained(engine, TEXT, true)
  const model = await TrainedModel.open(engine, trained)
  const likeliest = await written(model, trained, 'ab', { temperature: 0 })
  assert.equal(Array.from(likeliest).length, 12)
  assert.equal(await written(model, trained, 'ab', { top_k: 1, seed: 9 }), likeliest)
  const [next] = await predicted(model, trained, ['ab'])
  assert.equal(next!.answer.class, likeliest[0])
  const drawn = await written(model, trained, 'ab', { temperature: 3 })
  assert.equal(await written(model, trained, 'ab', { temperature: 3 }), drawn)
  assert.notEqual(await written(model, trained, 'ab', { temperature: 3, seed: 4 }), drawn)
  const stopped = new AbortController()
  const endless = model.write(
    { kind: 'prompt', symbols: [1], prompted: 1 },
    { ...ASKED, length: 100_000 },
    stopped.signal,
  )
  await endless.next()
  stopped.abort(new Error('the client has left'))
  await assert.rejects(async () => {
    for await (const _ of endless);
  }, /the client has left/)
  model.dispose()
})

test('predict() says how much the answer depends on each input: on none after the last that counts', async () => {
  const { engine } = await selectEngine('cpu')
  const body = { data: { task: 'adding' }, model: { cell: 'indrnn', hidden_size: 5 }, sequence_length: 6 }
  const trained = await untrained(engine, body)
  const model = await TrainedModel.open(engine, trained)
  const inputs = [Array.from({ length: 6 }, (_, t) => [t / 6, Number(t === 2)])]
  const read = readAsked({ ...ASKED, inputs }, trained.decoding)
  assert.ok('asked' in read && read.asked.kind === 'inputs')
  const [explained] = await model.predict(read.asked, { steps: false, saliency: true, gates: true })
  assert.equal(explained?.saliency?.length, 6)
  assert.ok(explained.saliency.every((norm) => Number(norm) >= 0))
  assert.ok(explained.saliency.some((norm) => Number(norm) > 0))
  assert.deepEqual(explained.gates, {}, 'the cell has none')
  model.dispose()
  const lstm = await untrained(engine, { data: { task: 'adding' } })
  const gated = await TrainedModel.open(engine, lstm)
  const [{ gates = {} } = {}] = await gated.predict(read.asked, { steps: false, saliency: false, gates: true })
  assert.deepEqual(Object.keys(gates), ['0.u', '0.f', '0.o', '1.u', '1.f', '1.o'])
  assert.ok(Object.values(gates).every((values) => values.every((mean) => Number(mean) > 0 && Number(mean) < 1)))
  gated.dispose()
})

for (const [unit, vocabulary, prompt, form] of [
  ['word', ['\n', 'cat', 'sat', 'the'], ' the  cat\nsat', /^(?:(?:cat|sat|the) |\n){12}$/],
  ['byte', ['\n', 'a', '\u00c3', '\u00a9'], 'aé', /^[\na\u00e9\ufffd]{1,12}$/],
] as const)
  test(`write() of a model of text by the ${unit} reads and writes text`, async () => {
    const { engine } = await selectEngine('cpu')
    const { spec, tensors } = await untrained(engine, TEXT, true)
    const size = vocabulary.length
    const cut = (name: string, rows: number, columns: number) => {
      const width = tensors[name]!.shape[1] ?? tensors[name]!.shape[0]!
      const shape = tensors[name]!.shape.length === 1 ? [columns] : [rows, columns]
      const data = Float32Array.from(
        { length: rows * columns },
        (_, i) => tensors[name]!.data[Math.floor(i / columns) * width + (i % columns)]!,
      )
      return { shape, data }
    }
    const smaller = {
      ...tensors,
      'layers.0.Wx': cut('layers.0.Wx', size, 36),
      'readout.Wo': cut('readout.Wo', 5, size),
      'readout.bo': cut('readout.bo', 1, size),
    }
    const trained: Trained = {
      spec,
      tensors: smaller,
      decoding: { kind: 'text', problem: 'next_symbol', unit, vocabulary },
    }
    const model = await TrainedModel.open(engine, trained)
    assert.match(await written(model, trained, prompt, { temperature: 9 }), form)
    model.dispose()
  })

test('a model whose classes are each held against all others gives each a probability of its own, and a trace the mean of their losses', async () => {
  const { engine } = await selectEngine('cpu')
  const task = await untrained(engine, { data: { task: 'copy' }, sequence_length: 21 })
  assert.ok(task.decoding.kind === 'sequences')
  const { outputs, ...others } = task.decoding
  const apart: Trained = { ...task, decoding: { ...others, outputs: { ...outputs, readout: 'sigmoid' } } }
  const [softmax, sigmoid] = [await TrainedModel.open(engine, task), await TrainedModel.open(engine, apart)]
  const inputs = [Array.from({ length: 9 }, (_, t) => t % 4)]
  const [one, other] = [await predicted(softmax, task, inputs), await predicted(sigmoid, apart, inputs)]
  for (const [t, { probabilities = {}, class: likeliest }] of other[0]!.steps!.entries()) {
    const odds = Object.values(probabilities).map((p) => Number(p) / (1 - Number(p))) // exp of the outputs
    const sum = odds.reduce((a, b) => a + b, 0)
    const wanted = one[0]!.steps![t]!
    for (const [k, p] of Object.values(wanted.probabilities!).entries())
      assert.ok(Math.abs(odds[k]! / sum - Number(p)) < 1e-9)
    assert.equal(likeliest, wanted.class)
  }
  const target = inputs[0]!.map((id, t) => (t === 3 ? null : id))
  const read = readTraced({ checkpoint: 'best', input: inputs[0], target }, apart.decoding, 100)
  assert.ok('asked' in read && read.asked.kind === 'input', JSON.stringify(read))
  const { loss, targets } = await sigmoid.trace(read.asked)
  assert.deepEqual(
    targets,
    target.map((id) => (id === null ? null : { class: String(id) })),
  )
  const losses = other[0]!.steps!.flatMap(({ probabilities = {} }, t) =>
    target[t] === null
      ? []
      : Object.entries(probabilities).map(
          ([name, p]) => -Math.log(name === String(target[t]) ? Number(p) : 1 - Number(p)),
        ),
  )
  const mean = losses.reduce((a, b) => a + b, 0) / losses.length
  assert.ok(Math.abs(Number(loss) - mean) < 1e-6, `${loss} ${mean}`)
  for (const model of [softmax, sigmoid]) model.dispose()
})

for (const [task, length] of [
  ['adding', 6],
  ['copy', 21],
] as const)
  test(`trace() of ${task} follows a sample of the run: its loss, its answers, and gradients of every state`, async () => {
    const { engine } = await selectEngine('cpu')
    const body = { data: { task }, sequence_length: length, training: { batch_size: 4 } }
    const trained = await untrained(engine, body)
    const feed = await openFeed(trained.spec)
    const { batch } = [...feed.evaluationBatches][1]!
    const sample = takeSample(feed, 5)
    assert.ok(typeof sample === 'object')
    const session = await engine.open(describeProgram(trained.spec, feed, engine), {
      tensors: trained.tensors,
      updates: 0,
    })
    const { outputs } = await session.evaluate(batch, { from: 'initial', outputs: true })
    session.dispose()
    const model = await TrainedModel.open(engine, trained)
    const traced = await model.traceRow(sample.row, sample.targets)
    const K = feed.problem.readout.size
    const isWhole = task === 'adding'
    assert.deepEqual([traced.of, traced.length, traced.answers.length], ['loss', length, length])
    assert.equal(traced.targets.length, isWhole ? 1 : length)
    const last = outputs!.subarray(((isWhole ? 0 : length - 1) * 4 + 1) * K) // row 1 of the second batch
    if (isWhole) {
      const answer = Number(traced.answers.at(-1)?.values?.[0]?.[0])
      assert.ok(Math.abs(answer - last[0]!) < 1e-6)
      const target = Number(traced.targets[0]?.values?.[0]?.[0])
      assert.ok(Math.abs(Number(traced.loss) - (answer - target) ** 2) < 1e-6)
    } else {
      assert.equal(traced.answers.at(-1)?.class, String(last.indexOf(Math.max(...last.subarray(0, K)))))
      const nats = traced.targets.map(
        (target, t) => -Math.log(Number(traced.answers[t]?.probabilities?.[target!.class!])),
      )
      const loss = nats.reduce((sum, value) => sum + value, 0) / length
      assert.ok(Math.abs(Number(traced.loss) - loss) < 1e-6, `${traced.loss} ${loss}`)
    }
    assert.deepEqual(
      traced.layers.map(({ gates, states, gradients }) => [gates, states, gradients].map((all) => Object.keys(all))),
      [0, 1].map(() => [
        ['u', 'f', 'o'],
        ['h', 'c'],
        ['h', 'c'],
      ]),
    )
    for (const [layer, { gradients }] of traced.layers.entries())
      for (const values of Object.values(gradients)) {
        assert.equal(values.length, length * [9, 5][layer]!)
        assert.ok(values.every((value) => Number.isFinite(value)) && values.some((value) => value !== 0))
      }
    assert.equal(traced.saliency.length, length)
    const read = readTraced({ checkpoint: 'best', input: traced.inputs }, trained.decoding, 100)
    assert.ok('asked' in read && read.asked.kind === 'input', JSON.stringify(read))
    const { of, loss, targets } = await model.trace(read.asked)
    assert.deepEqual([of, loss, targets], ['answer', null, []])
    model.dispose()
    assert.equal(takeSample(feed, 16), 16, 'four batches of four')
  })
