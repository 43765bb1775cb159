import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseJobSpec, type JobSpec } from '@unroll/contract'
import { openFeed } from './feed.ts'
import { encodeStream, encodeText } from './vocabulary.ts'

function specOf(body: object): JobSpec {
  const parsed = parseJobSpec({ model: { cell: 'rnn' }, ...body })
  assert.ok(parsed.ok, JSON.stringify(parsed))
  return parsed.value
}

const TASK_JOBS: [string, object][] = [
  ['adding', { data: { task: 'adding' }, sequence_length: 12 }],
  ['adding on [0, 1]', { data: { task: 'adding', range: 'unit' }, sequence_length: 13 }],
  ['temporal_order', { data: { task: 'temporal_order' }, sequence_length: 20 }],
  ['temporal_order of three', { data: { task: 'temporal_order', symbols: 3 }, sequence_length: 40 }],
  ['copy', { data: { task: 'copy', length: 3 }, sequence_length: 12 }],
  ['noise_free_lag', { data: { task: 'noise_free_lag', lag: 5 }, sequence_length: 12 }],
]

for (const [name, body] of TASK_JOBS) {
  const spec = specOf({ ...body, training: { batch_size: 5, seed: 7, evaluation_batches: 2 } })
  const feed = await openFeed(spec)
  const { inputs, readout, mode } = feed.problem

  test(`openFeed() of ${name} draws batches of the shapes its problem states`, async () => {
    const { batch } = feed.window(1)
    const T = spec.sequence_length
    assert.equal(batch.steps, T)
    assert.equal(batch.inputs.length, T * 5 * (inputs.kind === 'vectors' ? inputs.size : 1))
    assert.equal(batch.targets.length, (mode === 'many_to_many' ? T : 1) * 5)
    if (inputs.kind === 'symbols') assert.ok(batch.inputs.every((symbol) => symbol >= 0 && symbol < inputs.size))
    if (readout.kind === 'softmax') assert.ok(batch.targets.every((label) => label >= 0 && label < readout.size))
  })

  test(`openFeed() of ${name} makes a batch a function of seed and step`, async () => {
    const again = await openFeed(spec)
    assert.deepEqual(again.window(9), feed.window(9))
    assert.notDeepEqual(feed.window(9).batch, feed.window(10).batch)
    assert.notDeepEqual(
      (await openFeed({ ...spec, training: { ...spec.training, seed: 8 } })).window(9).batch,
      feed.window(9).batch,
    )
    const evaluated = [...feed.evaluationBatches]
    assert.equal(evaluated.length, 2)
    assert.notDeepEqual(evaluated[0]?.batch, feed.window(1).batch)
  })
}

test('openFeed() of adding marks one number in each half and asks for their sum', async () => {
  const { batch } = (
    await openFeed(specOf({ data: { task: 'adding' }, sequence_length: 12, training: { batch_size: 3 } }))
  ).window(1)
  for (let n = 0; n < 3; n++) {
    const marked = Array.from({ length: 12 }, (_, t) => t).filter((t) => batch.inputs[(t * 3 + n) * 2 + 1] === 1)
    assert.deepEqual(
      marked.map((t) => t < 6),
      [true, false],
    )
    const sum = marked.reduce((total, t) => total + (batch.inputs[(t * 3 + n) * 2] ?? Number.NaN), 0)
    assert.ok(Math.abs(sum - (batch.targets[n] ?? Number.NaN)) < 1e-6)
  }
})

test('openFeed() of temporal_order names the class by the order of its two carriers', async () => {
  const { batch } = (
    await openFeed(specOf({ data: { task: 'temporal_order' }, sequence_length: 50, training: { batch_size: 16 } }))
  ).window(3)
  const classes = new Set<number>()
  for (let n = 0; n < 16; n++) {
    const row = Array.from({ length: 50 }, (_, t) => batch.inputs[t * 16 + n] ?? -1)
    const carriers = row.filter((symbol) => symbol >= 6).map((symbol) => symbol - 6)
    assert.equal(carriers.length, 2)
    assert.equal(2 * (carriers[0] ?? 0) + (carriers[1] ?? 0), batch.targets[n])
    classes.add(batch.targets[n] ?? -1)
  }
  assert.ok(classes.size > 1)
})

test('openFeed() of copy asks for the first symbols at the end', async () => {
  const { batch } = (
    await openFeed(specOf({ data: { task: 'copy', length: 3 }, sequence_length: 10, training: { batch_size: 1 } }))
  ).window(1)
  assert.deepEqual([...batch.targets].slice(7), [...batch.inputs].slice(0, 3))
  assert.deepEqual(
    [...batch.targets].slice(0, 7),
    Array.from({ length: 7 }, () => 0),
  )
})

test('openFeed() under truncated BPTT gives one update to a sequence with its loss at the end, and moves the state first', async () => {
  const spec = specOf({ data: { task: 'adding' }, sequence_length: 12, bptt: { mode: 'truncated', k1: 4, k2: 8 } })
  const { prefix, batch, window } = (await openFeed(spec)).window(1)
  assert.equal(prefix?.steps, 4)
  assert.equal(batch.steps, 8)
  assert.equal(window.from, 'carried')
})

test('openFeed() under truncated BPTT walks through a sequence with targets at every step', async () => {
  const spec = specOf({
    data: { task: 'copy', length: 2 },
    sequence_length: 12,
    bptt: { mode: 'truncated', k1: 4, k2: 8 },
  })
  const feed = await openFeed(spec)
  assert.deepEqual(
    [1, 2, 3, 4].map((step) => feed.window(step)).map(({ batch, window }) => [batch.steps, window.from]),
    [
      [4, 'initial'],
      [8, 'initial'],
      [8, 'carried'],
      [4, 'initial'],
    ],
  )
})

const TEXT = 'abcdefghij'.repeat(20)
const TEXT_JOB = {
  data: { dataset: 'ds_0123456789abcdefghij', validation_fraction: 0.2 },
  sequence_length: 10,
  training: { batch_size: 2, evaluation_batches: 3 },
}

test('openFeed() of text reads streams side by side, each symbol the target of the one before', async () => {
  const feed = await openFeed(specOf(TEXT_JOB), { text: encodeText(TEXT) })
  assert.deepEqual(feed.problem.inputs, { kind: 'symbols', size: 10 })
  const first = feed.window(1)
  const second = feed.window(2)
  assert.deepEqual([first.window.from, second.window.from], ['initial', 'carried'])
  for (const { batch } of [first, second]) {
    for (let t = 0; t < batch.steps - 1; t++) assert.equal(batch.targets[t * 2], batch.inputs[(t + 1) * 2])
  }
  assert.equal(second.batch.inputs[0], first.batch.targets[9 * 2], 'the second window goes on where the first ended')
})

test('openFeed() of text starts over from the initial state when the streams end', async () => {
  const feed = await openFeed(specOf(TEXT_JOB), { text: encodeText(TEXT) })
  const windows = 7 // 160 training characters in 2 streams of 80, less the last target, in windows of 10
  assert.deepEqual(feed.window(windows + 1), feed.window(1))
  assert.equal(feed.window(windows).window.from, 'carried')
})

test('openFeed() of text evaluates on the held-out tail with the state carried', async () => {
  const evaluated = [...(await openFeed(specOf(TEXT_JOB), { text: encodeText(TEXT) })).evaluationBatches] // 40 characters in 2 streams
  assert.deepEqual(
    evaluated.map(({ from }) => from),
    ['initial', 'carried'],
  )
  assert.deepEqual(
    evaluated.map(({ batch: { steps, lengths } }) => [steps, lengths && [...lengths]]),
    [
      [10, undefined],
      [10, [10, 9]],
    ],
    'every character but the first is a target once',
  )
})

test('openFeed() evaluates a held-out part that is too short for a stream a row in fewer rows, on windows as long as asked', async () => {
  const few = { ...TEXT_JOB, data: { ...TEXT_JOB.data, validation_fraction: 0.1 }, training: { batch_size: 4 } }
  const { evaluationBatches } = await openFeed(specOf(few), { text: encodeText(TEXT) }) // 20 characters, of which a window of 10 takes 11
  assert.deepEqual(
    [...evaluationBatches].map(({ batch: { steps, lengths } }) => [steps, lengths && [...lengths]]),
    [
      [10, [10, 0, 0, 0]],
      [10, [9, 0, 0, 0]],
    ],
  )
})

test('openFeed() counts characters beyond the basic plane once', async () => {
  const feed = await openFeed(specOf({ ...TEXT_JOB, sequence_length: 3 }), { text: encodeText('🜂🜁a'.repeat(20)) })
  assert.equal(feed.problem.inputs.size, 3)
})

test('encodeStream() of a text cut anywhere is encodeText() of it, in a byte a character', async () => {
  const text = 'zä🜂a\ufeffz'
  const bytes = new TextEncoder().encode(text)
  async function* cutAt(place: number) {
    yield bytes.subarray(0, place)
    yield bytes.subarray(place)
  }
  for (let place = 0; place <= bytes.length; place++) {
    const { symbols, vocabulary } = await encodeStream(cutAt(place), { characters: 6, vocabulary_size: 5 })
    assert.deepEqual(vocabulary, ['a', 'z', 'ä', '\ufeff', '🜂'])
    assert.deepEqual([...symbols], [1, 2, 4, 0, 3, 1])
    assert.ok(symbols instanceof Uint8Array)
    assert.deepEqual([...encodeText(text).symbols], [...symbols])
  }
  await assert.rejects(encodeStream(cutAt(0), { characters: 5, vocabulary_size: 5 }), /at most 5 symbols/)
})

test('encodeStream() encodes a text by the byte and by the word, wherever it is cut', async () => {
  const bytes = new TextEncoder().encode('to bé\nor to\n')
  async function* cutAt(place: number) {
    yield bytes.subarray(0, place)
    yield bytes.subarray(place)
  }
  for (let place = 0; place <= bytes.length; place++) {
    const words = await encodeStream(cutAt(place), { unit: 'word', characters: 12, symbols: 6, vocabulary_size: 4 })
    assert.deepEqual(words.vocabulary, ['\n', 'bé', 'or', 'to'])
    assert.deepEqual([...words.symbols], [3, 1, 0, 2, 3, 0])
    const each = await encodeStream(cutAt(place), { unit: 'byte', characters: 12, symbols: 13, vocabulary_size: 8 })
    assert.deepEqual(each.vocabulary, ['\n', ' ', 'b', 'o', 'r', 't', '\u00a9', '\u00c3'])
    assert.deepEqual(
      Uint8Array.from(each.symbols, (symbol) => each.vocabulary[symbol]!.codePointAt(0)!),
      bytes,
    )
  }
})

test('openFeed() refuses a data set that is missing', async () => {
  await assert.rejects(openFeed(specOf(TEXT_JOB)), /bytes are missing/)
})
