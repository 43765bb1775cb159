// One file, as all feeds are made by one function of the same few data sets.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeDecoding, parseJobSpec, planForModel, planSequences, usesDataset } from '@unroll/contract'
import { openFeed, openTestFeed } from '../feed.ts'
import type { EvaluationBatch } from '../training_window.ts'
import { sequencesOf, type Values } from '../testing/sequences.ts'

async function feedOf(data: object, fields: Record<string, Values>, body: object = {}) {
  const parsed = parseJobSpec({
    model: { cell: 'rnn' },
    data: { dataset: 'ds_0123456789abcdefghij', ...data },
    ...body,
  })
  assert.ok(parsed.ok, JSON.stringify(parsed))
  assert.ok(usesDataset(parsed.value.data))
  const { sequences, shape } = sequencesOf(fields)
  const planned = planSequences(parsed.value.data, shape)
  assert.ok('plan' in planned, JSON.stringify(planned))
  return await openFeed(parsed.value, { sequences, plan: planned.plan })
}

const range = (count: number) => Array.from({ length: count }, (_, index) => index)
/** Steps of one number each. */
const series = (...values: (number | null)[]) => values.map((value) => [value])

/** Sequences whose every value is their own place, of 1 to 6 steps. */
const OWN = {
  inputs: range(20).map((n) => series(...range(1 + (n % 6)).map(() => n))),
  label: range(20).map((n) => 'ab'[n % 2]!),
}
const RAW = { normalise: 'none', split: { validation: 0.2, test: 0.1 } }
const SMALL = { sequence_length: 6, training: { batch_size: 4, seed: 3 } }

/** Which sequences a batch of OWN has, with the steps of each. */
function rowsIn({ batch }: Pick<EvaluationBatch, 'batch'>, N = 4): [sequence: number, steps: number][] {
  const lengths = batch.lengths ?? new Int32Array(N).fill(batch.steps)
  return range(N).flatMap((n) => (lengths[n] === 0 ? [] : [[batch.inputs[n]!, lengths[n]!] as [number, number]]))
}

test('a feed of sequences has each of the training part once an epoch, all its steps, with its class', async () => {
  const feed = await feedOf(RAW, OWN, SMALL)
  const epoch = range(4).map((index) => feed.window(index + 1)) // 14 sequences, 4 at a time
  const rows = epoch.flatMap((window) => rowsIn(window))
  assert.equal(new Set(rows.map(([n]) => n)).size, 14)
  for (const [n, steps] of rows) assert.equal(steps, 1 + (n % 6))
  for (const { batch } of epoch) {
    assert.ok([2, 3, 6].includes(batch.steps), `${batch.steps} steps`)
    for (const n of range(4)) {
      const length = batch.lengths?.[n] ?? batch.steps
      assert.equal(batch.targets[n], length === 0 ? -1 : batch.inputs[n]! % 2)
      const behind = range(batch.steps).slice(length)
      assert.ok(behind.every((t) => batch.inputs[t * 4 + n] === 0))
    }
  }
})

test('a feed of sequences holds out the others, and evaluates each of them once', async () => {
  const feed = await feedOf(RAW, OWN, SMALL)
  const trained = range(4).flatMap((index) => rowsIn(feed.window(index + 1)))
  const held = [...feed.evaluationBatches].flatMap((batch) => rowsIn(batch))
  const tested = [...feed.testBatches!].flatMap((batch) => rowsIn(batch))
  assert.deepEqual([held.length, tested.length], [4, 2])
  assert.deepEqual(
    [...trained, ...held, ...tested].map(([n]) => n).toSorted((a, b) => a - b),
    range(20),
  )
  assert.deepEqual(feed.counts, { training: 14, validation: 4, test: 2, left_out: 0 })
})

test('a feed of sequences makes a batch a function of seed and step, and another order of each epoch', async () => {
  const steps = [9, 2, 5, 9]
  const [a, b] = [await feedOf(RAW, OWN, SMALL), await feedOf(RAW, OWN, SMALL)]
  const straight = new Map(range(12).map((index) => [index + 1, a.window(index + 1)]))
  for (const step of steps) assert.deepEqual(b.window(step), straight.get(step))
  const order = (first: number) => range(4).flatMap((index) => rowsIn(a.window(first + index)))
  assert.notDeepEqual(order(1), order(5))
  const other = await feedOf(RAW, OWN, { ...SMALL, training: { ...SMALL.training, seed: 4 } })
  assert.notDeepEqual(other.window(1), a.window(1))
})

test('a feed splits by the field that says it, and leaves out sequences without a target', async () => {
  const split = range(20).map((n) => ['train', 'Validation', 'test', 'train'][n % 4]!)
  const label = OWN.label.map((value, n) => (n === 0 ? null : value))
  const feed = await feedOf({ normalise: 'none' }, { ...OWN, label, split }, SMALL)
  assert.deepEqual(feed.counts, { training: 9, validation: 5, test: 5, left_out: 1 })
  assert.ok([...feed.testBatches!].flatMap((batch) => rowsIn(batch)).every(([n]) => n % 4 === 2))
})

test('a feed normalises by the statistics of the training part alone', async () => {
  const inputs = range(10).map((n) => series(n < 8 ? n : 1000, n < 8 ? n : 1000))
  const label = range(10).map((n) => 'ab'[n % 2]!)
  const feed = await feedOf(
    { split: { by: 'order', validation: 0.2 } },
    { inputs, label },
    { sequence_length: 2, training: { batch_size: 8 } },
  )
  const values = [...feed.window(1).batch.inputs.subarray(0, 8)].toSorted((a, b) => a - b)
  const std = Math.sqrt(21 / 4) // of 0 to 7
  for (const [n, value] of values.entries()) assert.ok(Math.abs(value - (n - 3.5) / std) < 1e-6)
  const [held] = [...feed.evaluationBatches]
  assert.ok(Math.abs(held!.batch.inputs[0]! - (1000 - 3.5) / std) < 1e-4)
  const scaled = await feedOf(
    { normalise: 'minmax', split: { by: 'order', validation: 0.2 } },
    { inputs, label },
    { sequence_length: 2, training: { batch_size: 8 } },
  )
  assert.equal(Math.max(...scaled.window(1).batch.inputs), 1)
})

const GAPS = {
  inputs: [
    [
      [1, null],
      [null, 4],
      [3, null],
    ],
  ] as (number | null)[][][],
  label: ['a'],
}
const TWO = { inputs: [...GAPS.inputs, ...GAPS.inputs], label: ['a', 'b'] }
for (const { missing, rows } of [
  {
    missing: 'mask',
    rows: [
      [0, 0, 1, 0],
      [0, 0, 0, 1],
      [0, 0, 1, 0],
    ],
  },
  {
    missing: 'impute',
    rows: [
      [1, 4],
      [1, 4],
      [3, 4],
    ],
  },
]) {
  test(`a feed with missing "${missing}" never gives NaN, and says what it gives instead`, async () => {
    const data = { missing, validation_fraction: 0, normalise: missing === 'mask' ? 'standard' : 'none' }
    const { batch } = (await feedOf(data, TWO, { sequence_length: 3, training: { batch_size: 2 } })).window(1)
    const X = rows[0]!.length
    const first = range(3).map((t) => [...batch.inputs.subarray(t * 2 * X, t * 2 * X + X)])
    if (missing === 'impute') return assert.deepEqual(first, rows)
    assert.deepEqual(
      first.map((row) => row.slice(2)),
      rows.map((row) => row.slice(2)),
      'whether each number was observed',
    )
    assert.equal(first[0]![1], 0, 'the mean stands where one is missing')
    assert.equal(first[1]![0], 0)
    assert.ok(Math.abs(first[0]![0]! + 1) < 1e-6, '1 is a deviation below the mean of 1 and 3')
  })
}

const HOLES = {
  inputs: [series(1, 1e30, 3), series(null, 5)],
  targets: [series(2, 7, 4), series(8, 6)],
  mask: [
    [1, 0, 1],
    [0, 1],
  ],
} as unknown as Record<string, Values>

test('a feed with a mask says which steps are left out, and makes no statistic of their values', async () => {
  const data = { validation_fraction: 0, problem: 'regression', missing: 'impute' }
  const { batch } = (await feedOf(data, HOLES, { sequence_length: 3, training: { batch_size: 2 } })).window(1)
  const row = [0, 1].find((n) => batch.lengths![n] === 3)!
  const at = (values: ArrayLike<number>) => range(3).map((t) => values[t * 2 + row])
  assert.deepEqual(at(batch.mask!), [1, 0, 1])
  const [first, , last] = at(batch.inputs) // 1, 3 and 5 count
  assert.ok(Math.abs(first! + Math.sqrt(1.5)) < 1e-6 && Math.abs(last!) < 1e-6, `${first} ${last}`)
  assert.ok(batch.inputs.every((value) => Math.abs(value) < 2))
  const [left, none, right] = at(batch.targets) // 2, 4 and 6 do
  assert.ok(Math.abs(left! + Math.sqrt(1.5)) < 1e-6 && Number.isNaN(none) && Math.abs(right!) < 1e-6)
})

test('a feed of symbols with a mask foretells no symbol that is left out', async () => {
  const inputs = ['abcab', 'bbbbb'].map((text) => text.split(''))
  const mask = [
    [1, 1, 0, 1, 1],
    [1, 1, 1, 1, 1],
  ]
  const data = { validation_fraction: 0 }
  const feed = await feedOf(data, { inputs, mask } as unknown as Record<string, Values>, {
    sequence_length: 5,
    training: { batch_size: 2 },
  })
  const { batch } = feed.window(1)
  const row = [0, 1].find((n) => batch.inputs[n] === 0)!
  assert.deepEqual(
    range(4).map((t) => batch.targets[t * 2 + row]),
    [1, -1, 0, 1],
    'the engine counts no target at step 2, which is left out itself',
  )
  assert.deepEqual(
    range(4).map((t) => batch.mask![t * 2 + row]),
    [1, 1, 0, 1],
  )
  const model = decodeDecoding(feed.decoding ?? {})
  assert.equal(model?.kind === 'sequences' && model.inputs.mask, 'mask')
})

test('a feed has the state that each sequence begins from at its first step, and zeros where a sequence is cut', async () => {
  const start = range(20).map((n) => n / 8)
  const model = { cell: 'rnn', hidden_size: 1 }
  const data = { ...RAW, initial_state: 'start' }
  const feed = await feedOf(data, { ...OWN, start }, { ...SMALL, model })
  const batches = [
    ...range(4).map((index) => feed.window(index + 1).batch),
    ...[...feed.evaluationBatches].map(({ batch }) => batch),
  ]
  const begun = batches.flatMap((batch) =>
    range(4).map((n) => [batch.lengths?.[n] === 0 ? 0 : batch.inputs[n]! / 8, batch.states!['0.h']![n]]),
  )
  assert.deepEqual(
    begun.map(([own]) => own),
    begun.map(([, given]) => given),
  )
  const decoded = decodeDecoding(feed.decoding ?? {})
  assert.deepEqual(decoded?.kind === 'sequences' && decoded.inputs.initial_state, { name: 'start', width: 1 })

  const inputs = [series(...range(40))]
  const cut = { sequence_length: 5, training: { batch_size: 2 }, model }
  const long = await feedOf({ initial_state: 'start', split: { validation: 0.25 } }, { inputs, start: [0.5] }, cut)
  const windows = range(4).map((index) => long.window(index + 1))
  assert.deepEqual(
    windows.map(({ window, batch }) => [window.from, batch.states && [...batch.states['0.h']!]]),
    [
      ['initial', [0.5, 0]],
      ['carried', undefined],
      ['carried', undefined],
      ['initial', [0.5, 0]],
    ],
  )
})

test('a forecast of a long series is cut into windows with the state carried, each target the values ahead of its step', async () => {
  const inputs = [series(...range(40))]
  const feed = await feedOf(
    { horizon: 3, normalise: 'none', split: { validation: 0.25 } },
    { inputs },
    { sequence_length: 5, training: { batch_size: 1 } },
  )
  const windows = range(7).map((index) => feed.window(index + 1))
  assert.deepEqual(
    windows.map(({ window }) => window.from),
    ['initial', 'carried', 'carried', 'carried', 'carried', 'carried', 'initial'],
  )
  const [first, last] = [windows[0]!.batch, windows[5]!.batch]
  assert.deepEqual([...first.targets], [1, 2, 3, 2, 3, 4, 3, 4, 5, 4, 5, 6, 5, 6, 7])
  // 30 steps train: of the last window the targets end with step 29.
  assert.deepEqual([...last.lengths!], [4])
  assert.deepEqual([...last.targets].slice(0, 6), [26, 27, 28, 27, 28, 29])
  assert.deepEqual([...last.targets].slice(9, 12), [29, Number.NaN, Number.NaN])
})

test('a forecast evaluates the last steps of each series, with those before as context that no target is of', async () => {
  const inputs = [series(...range(40))]
  const feed = await feedOf(
    { horizon: 2, normalise: 'none', split: { validation: 0.25 } },
    { inputs },
    { sequence_length: 8, training: { batch_size: 1 } },
  )
  const evaluated = [...feed.evaluationBatches]
  assert.deepEqual(
    evaluated.map(({ from }) => from),
    ['initial', 'carried', 'carried'],
  )
  assert.equal(evaluated[0]!.batch.inputs[0], 22, '8 steps before those held out')
  const targets = evaluated.flatMap(({ batch }) => [...batch.targets]).filter((target) => !Number.isNaN(target))
  assert.deepEqual(new Set(targets), new Set(range(10).map((n) => 30 + n)))
})

test('a forecast is held against its newest season, repeated', async () => {
  const seasonal = range(60).map((t) => [10, 20, 30, 40][t % 4]! + (t === 59 ? 3 : 0))
  const feed = await feedOf(
    { horizon: 2, season: 4, normalise: 'none', split: { validation: 0.2 } },
    { inputs: [series(...seasonal)] },
    { sequence_length: 8, training: { batch_size: 1 } },
  )
  const { chance } = feed.problem
  // The last value is a target at horizon 1 and at horizon 2, and all others are as a season before.
  assert.ok(Math.abs(chance.mae! - 6 / 24) < 1e-9, String(chance.mae))
  assert.ok(Math.abs(chance.loss - 18 / 24) < 1e-9, String(chance.loss))
  // 48 values train, of which the mean is 25 and the variance 125; of the others the last is 3 more.
  assert.ok(chance.mean_loss! > 120 && chance.mean_loss! < 150, String(chance.mean_loss))
})

test('next symbols are those behind each step, and the last step of a sequence has none', async () => {
  const inputs = ['abcab', 'ba', 'cab'].map((text) => text.split(''))
  const feed = await feedOf({ validation_fraction: 0 }, { inputs }, { sequence_length: 5, training: { batch_size: 3 } })
  const { batch } = feed.window(1)
  const row = range(3).find((n) => batch.lengths![n] === 4)!
  assert.deepEqual(
    range(4).map((t) => [batch.inputs[t * 3 + row], batch.targets[t * 3 + row]]),
    [
      [0, 1],
      [1, 2],
      [2, 0],
      [0, 1],
    ],
  )
  assert.deepEqual(
    [...batch.lengths!].toSorted((a, b) => a - b),
    [1, 2, 4],
  )
})

test('a feed weighs classes by how rare they are in the training part, and knows what chance reaches', async () => {
  const label = range(20).map((n) => (n % 5 === 0 ? 'rare' : 'often'))
  const data = { class_weights: 'balanced', validation_fraction: 0 }
  const { readout, chance } = (await feedOf(data, { ...OWN, label }, SMALL)).problem
  assert.deepEqual(readout.classWeights, [2.5, 0.625])
  assert.equal(chance.accuracy, 0.8)
  assert.ok(Math.abs(chance.loss + 0.8 * Math.log(0.8) + 0.2 * Math.log(0.2)) < 1e-12)
})

test('a feed of classes that are each held against all others has a number for each, and knows what chance reaches', async () => {
  const label = range(20).map((n) => (n % 5 === 0 ? 'rare' : 'often'))
  const feed = await feedOf({ ...RAW, readout: 'sigmoid', validation_fraction: 0 }, { ...OWN, label }, SMALL)
  const { batch } = feed.window(1)
  for (const n of range(4)) {
    const own = [...batch.targets.subarray(n * 2, n * 2 + 2)]
    const isRare = Number(batch.inputs[n]! % 5 === 0)
    assert.deepEqual(own, batch.lengths?.[n] === 0 ? [Number.NaN, Number.NaN] : [isRare, 1 - isRare])
  }
  const held = [...feed.evaluationBatches].flatMap(({ batch: own }) => [...own.targets].filter((_, i) => i % 2 === 1))
  const often = held.filter((value) => value === 1).length / held.filter((value) => !Number.isNaN(value)).length
  const { readout, chance } = feed.problem
  assert.deepEqual([readout.kind, readout.size, chance.accuracy], ['sigmoid', 2, often])
  const decoded = decodeDecoding(feed.decoding ?? {})
  assert.ok(decoded?.kind === 'sequences')
  assert.deepEqual([decoded.outputs.readout, decoded.outputs.classes], ['sigmoid', ['rare', 'often']])
})

test('a feed says what is needed to use the model when the data set is gone', async () => {
  const feed = await feedOf({ ...RAW, normalise: 'standard' }, OWN, SMALL)
  const { inputs, outputs } = JSON.parse(feed.decoding!['unroll.data']!) as {
    inputs: { fields: { name: string; scales: { offset: number; unit: number }[] }[] }
    outputs: { classes: string[] }
  }
  assert.deepEqual(outputs.classes, ['a', 'b'])
  assert.equal(inputs.fields[0]!.name, 'inputs')
  const { offset, unit } = inputs.fields[0]!.scales[0]!
  const { batch } = feed.window(1)
  assert.ok(range(20).some((n) => Math.abs((n - offset) / unit - batch.inputs[0]!) < 1e-6))
})

test('openTestFeed() reads another data set as the run read its test part, with the scales and classes of the model', async () => {
  const body = { data: { dataset: 'ds_0123456789abcdefghij' }, model: { cell: 'rnn' }, ...SMALL }
  const split = range(20).map((n) => (n < 14 ? 'train' : 'test'))
  const feed = await feedOf({}, { ...OWN, split }, SMALL)
  const model = decodeDecoding(feed.decoding ?? {})
  const parsed = parseJobSpec(body)
  assert.ok(parsed.ok && usesDataset(parsed.value.data) && model?.kind === 'sequences')
  // Its first label is "b", whose id in the data set is then 0, and 1 in the model; 15 is first to say so.
  const order = [15, 14, 16, 17, 18, 19]
  const pick = <Value>(values: readonly Value[]) => order.map((n) => values[n]!)
  const { sequences, shape } = sequencesOf({ inputs: pick(OWN.inputs), label: pick(OWN.label) })
  const planned = planForModel(parsed.value.data, model, shape)
  assert.ok('plan' in planned, JSON.stringify(planned))
  const tested = openTestFeed(parsed.value, { sequences, model, ...planned })
  const answersOf = ({ batch }: EvaluationBatch) =>
    range(4).flatMap((n) => {
      const length = batch.lengths?.[n] ?? batch.steps
      return length === 0 ? [] : [[length, batch.inputs[n], batch.targets[n]].join()]
    })
  const expected = [...(feed.testBatches ?? [])].flatMap(answersOf).toSorted()
  assert.equal(expected.length, 6)
  assert.deepEqual([...(tested.testBatches ?? [])].flatMap(answersOf).toSorted(), expected)
  assert.equal(tested.counts?.test, 6)
})
