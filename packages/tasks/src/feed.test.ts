import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openFeed } from './feed.ts'
import { parseSpec } from './testing/specification.ts'
import { encodeStream, encodeText } from './vocabulary.ts'

const TEXT = 'abcdefghij'.repeat(20)
const TEXT_JOB = {
  data: { dataset: 'ds_0123456789abcdefghij', validation_fraction: 0.2 },
  sequence_length: 10,
  training: { batch_size: 2, evaluation_batches: 3 },
}

test('openFeed() of text reads streams side by side, each symbol the target of the one before', async () => {
  const feed = await openFeed(parseSpec(TEXT_JOB), { text: encodeText(TEXT) })
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
  const feed = await openFeed(parseSpec(TEXT_JOB), { text: encodeText(TEXT) })
  const windows = 7 // 160 training characters in 2 streams of 80, less the last target, in windows of 10
  assert.deepEqual(feed.window(windows + 1), feed.window(1))
  assert.equal(feed.window(windows).window.from, 'carried')
})

test('openFeed() of text evaluates on the held-out tail with the state carried', async () => {
  const evaluated = [...(await openFeed(parseSpec(TEXT_JOB), { text: encodeText(TEXT) })).evaluationBatches] // 40 characters in 2 streams
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
  const { evaluationBatches } = await openFeed(parseSpec(few), { text: encodeText(TEXT) }) // 20 characters, of which a window of 10 takes 11
  assert.deepEqual(
    [...evaluationBatches].map(({ batch: { steps, lengths } }) => [steps, lengths && [...lengths]]),
    [
      [10, [10, 0, 0, 0]],
      [10, [9, 0, 0, 0]],
    ],
  )
})

test('openFeed() counts characters beyond the basic plane once', async () => {
  const feed = await openFeed(parseSpec({ ...TEXT_JOB, sequence_length: 3 }), { text: encodeText('🜂🜁a'.repeat(20)) })
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
  await assert.rejects(openFeed(parseSpec(TEXT_JOB)), /bytes are missing/)
})
