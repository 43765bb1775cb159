import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { taskProblem, usesDataset, type Problem, type TaskData } from '@unroll/contract'
import { openFeed } from './feed.ts'
import type { Sample } from './samplers/sampler.ts'
import { drawSample } from './task_feed.ts'
import { simulateChance } from './testing/simulated_chance.ts'
import { parseSpec } from './testing/specification.ts'

/** A task, the most steps of its sequences, and the start of the sha256 of its first hundred. */
const TASKS: [name: string, data: object, T: number, hash: string][] = [
  ['adding', { task: 'adding' }, 12, '2640439348d76649'],
  ['adding on [0, 1]', { task: 'adding', range: 'unit' }, 13, '6166b6e0b54b5c6b'],
  ['multiplication', { task: 'multiplication' }, 12, '5dc0ea50741d538d'],
  ['temporal_order', { task: 'temporal_order' }, 20, 'f9e91996e09dbd33'],
  ['temporal_order of three', { task: 'temporal_order', symbols: 3 }, 40, 'c7aa9ae723d0fd39'],
  ['copy', { task: 'copy', length: 3 }, 12, 'e09c2c1763ca39bd'],
  ['selective_copy', { task: 'selective_copy', length: 3 }, 12, '8e7381b75e7f6aee'],
  ['noise_free_lag', { task: 'noise_free_lag', lag: 5 }, 12, '05d80a6b67ad3b2a'],
  ['noise_free_lag at every step', { task: 'noise_free_lag', lag: 5, loss: 'every_step' }, 12, '3c6b9c8726454e1d'],
  ['delayed_echo', { task: 'delayed_echo', lag: 4, symbols: 3 }, 12, '243fa9a3d706608c'],
  ['parity', { task: 'parity' }, 12, 'e862f309d00310e5'],
  ['timing', { task: 'timing', shortest: 3, longest: 5 }, 16, 'eb6f0b503e1b1313'],
  ['counting', { task: 'counting' }, 12, '170e03ef8e638be0'],
  ['counting of three', { task: 'counting', letters: 3 }, 14, '9fa0d9f2159af57d'],
  ['reber', { task: 'reber' }, 16, 'f992fb1ad1b0cfc0'],
  ['reber, continual', { task: 'reber', continual: true }, 30, '36e774473f437c3f'],
  ['agreement', { task: 'agreement' }, 14, '93af407e0ecf7b1c'],
]
/** Drawn to simulate the chance: with a target at each step, fewer do. */
const SEQUENCES = { many_to_one: 200_000, many_to_many: 20_000 } as const

/** The first step with a target, of sequences of T steps. */
function firstTarget(data: TaskData, T: number): number {
  if (data.task === 'delayed_echo') return data.lag
  return data.task === 'noise_free_lag' ? T - 1 - data.lag : 0
}

function parseTask(data: object, T: number): { data: TaskData; problem: Problem } {
  const spec = parseSpec({ data, sequence_length: T })
  assert.ok(!usesDataset(spec.data))
  return { data: spec.data, problem: taskProblem(spec.data, T) }
}

function* drawSamples(data: TaskData, T: number, count: number): Generator<Sample> {
  for (let index = 0; index < count; index++) yield drawSample(data, T, { seed: 1, split: 'evaluation', index })
}

for (const [name, given, T, hash] of TASKS) {
  const { data, problem } = parseTask(given, T)
  const { inputs, readout, mode } = problem
  const spec = parseSpec({ data, sequence_length: T, training: { batch_size: 5, seed: 7, evaluation_batches: 2 } })
  const feed = await openFeed(spec)

  test(`openFeed() of ${name} draws batches of the shapes its problem states`, () => {
    const { batch } = feed.window(1)
    const steps = (n: number) => batch.lengths?.[n] ?? T
    assert.equal(batch.steps, T)
    assert.equal(batch.inputs.length, T * 5 * (inputs.kind === 'vectors' ? inputs.size : 1))
    const K = readout.kind === 'softmax' ? 1 : readout.size
    assert.equal(batch.targets.length, (mode === 'many_to_many' ? T : 1) * 5 * K)
    if (inputs.kind === 'symbols') assert.ok(batch.inputs.every((symbol) => symbol >= 0 && symbol < inputs.size))
    for (const [index, target] of batch.targets.entries()) {
      const [t, n] = [Math.floor(index / K / 5), Math.floor(index / K) % 5]
      const isMissing = readout.kind === 'softmax' ? target < 0 : Number.isNaN(target)
      if (isMissing) assert.ok(t >= steps(n) || t < firstTarget(data, T), `step ${t} of ${n}`)
      else if (readout.kind !== 'identity') assert.ok(target < (readout.kind === 'softmax' ? readout.size : 2))
    }
  })

  test(`openFeed() of ${name} makes a batch a function of seed and step`, async () => {
    const again = await openFeed(spec)
    assert.deepEqual(again.window(9), feed.window(9))
    assert.notDeepEqual(feed.window(9).batch, feed.window(10).batch)
    const reseeded = await openFeed({ ...spec, training: { ...spec.training, seed: 8 } })
    assert.notDeepEqual(reseeded.window(9).batch, feed.window(9).batch)
    const evaluated = [...feed.evaluationBatches]
    assert.equal(evaluated.length, 2)
    assert.notDeepEqual(evaluated[0]?.batch, feed.window(1).batch)
  })

  test(`drawSample() of ${name} draws the sequences that it has always drawn`, () => {
    const all = [...drawSamples(data, T, 100)]
    const text = JSON.stringify(all.map(({ inputs: x, targets }) => [x, targets]))
    assert.equal(createHash('sha256').update(text).digest('hex').slice(0, 16), hash)
  })

  test(`taskProblem() of ${name} states the chance that its sequences have, within 1 %`, () => {
    const { loss, accuracy } = simulateChance(problem, drawSamples(data, T, SEQUENCES[mode]))
    assertNear(loss, problem.chance.loss)
    if (problem.chance.accuracy !== null) assertNear(accuracy, problem.chance.accuracy)
  })
}

test('openFeed() draws a stream once for all its windows, each of which is a function of its step in any order', async () => {
  const spec = parseSpec({
    data: { task: 'reber', continual: true },
    sequence_length: 60,
    bptt: { mode: 'truncated', k1: 15 },
  })
  const feed = await openFeed(spec)
  const buffers = [1, 2, 3, 4, 5].map((step) => feed.window(step).batch.inputs.buffer)
  assert.equal(new Set(buffers).size, 2)
  for (const step of [7, 2, 5, 4, 9]) {
    const fresh = await openFeed(spec)
    assert.deepEqual(feed.window(step), fresh.window(step), `step ${step}`)
  }
})

function assertNear(simulated: number, stated: number): void {
  assert.ok(Math.abs(simulated / stated - 1) < 0.01, `${simulated} simulated, ${stated} stated`)
}

/** What a sequence of a task must be, in its inputs and targets. */
const MEANINGS: { data: object; T: number; says: string; holds: (sample: Sample) => boolean }[] = [
  {
    data: { task: 'multiplication' },
    T: 9,
    says: 'asks for the product of the marked numbers',
    holds({ inputs, targets: [target] }) {
      const marked = inputs.filter((_, at) => at % 2 === 0 && inputs[at + 1] === 1)
      const [first = 0, second = 0] = marked
      return marked.length === 2 && target === first * second
    },
  },
  {
    data: { task: 'selective_copy', length: 3 },
    T: 12,
    says: 'asks for the symbols before the marker, in their order',
    holds({ inputs, targets }) {
      const shown = inputs.filter((symbol) => symbol > 0 && symbol <= 8)
      return inputs[8] === 9 && shown.length === 3 && shown.every((symbol, at) => targets[9 + at] === symbol)
    },
  },
  {
    data: { task: 'delayed_echo', lag: 4, symbols: 3 },
    T: 12,
    says: 'asks for the symbol of lag steps before',
    holds: ({ inputs, targets }) => targets.every((target, t) => target === (t < 4 ? -1 : inputs[t - 4])),
  },
  {
    data: { task: 'noise_free_lag', lag: 5, loss: 'every_step' },
    T: 7,
    says: 'asks for the next symbol, and last for the first',
    holds: ({ inputs, targets }) =>
      targets.every((target, t) => target === (t === 0 ? -1 : t < 6 ? inputs[t + 1] : inputs[1])),
  },
  {
    data: { task: 'parity' },
    T: 12,
    says: 'asks whether the ones are odd, in 6 to 12 bits',
    holds: ({ inputs, targets }) =>
      inputs.length >= 6 && inputs.length <= 12 && inputs.filter((bit) => bit === 1).length % 2 === targets[0],
  },
  {
    data: { task: 'timing', shortest: 3, longest: 5 },
    T: 16,
    says: 'asks for a third spike after the same interval',
    holds({ inputs, targets }) {
      const [first = 0, second = 0, ...others] = inputs.flatMap((spike, t) => (spike === 1 ? [t] : []))
      const interval = second - first
      return others.length === 0 && interval >= 3 && interval <= 5 && targets.indexOf(1) === second + interval
    },
  },
  ...[2, 3].map((letters) => ({
    data: { task: 'counting', letters },
    T: 16,
    says: `has as many of each of ${letters} letters, and may end after the last alone`,
    holds({ inputs, targets }: Sample) {
      const text = inputs.map((symbol) => '^abc'[symbol]).join('')
      const counts = ['a', 'b', 'c'].slice(0, letters).map((letter) => text.split(letter).length - 1)
      const ends = inputs.map((_, t) => targets[t * (letters + 1) + letters])
      return (
        /^\^a+b+c*$/.test(text) &&
        new Set(counts).size === 1 &&
        ends.every((may, t) => may === Number(t === text.length - 1))
      )
    },
  })),
  ...[false, true].map((continual) => ({
    data: { task: 'reber', continual },
    T: 24,
    says: continual ? 'strings one after the other' : 'is a string of the grammar, whose ends agree',
    holds({ inputs, targets }: Sample) {
      const text = inputs.map((symbol) => 'BTPSXVE'[symbol]).join('')
      const inner = 'B(?:T(?:S*X(?:S|XT*V(?:PXT*V)*(?:V|PS)))|P(?:T*V(?:PXT*V)*(?:V|PS)))E'
      const string = `B(?:T${inner}T|P${inner}P)E`
      const isLegal = inputs.every((_, t) => t + 1 === inputs.length || targets[t * 7 + inputs[t + 1]!] === 1)
      return (
        isLegal && (continual ? text.length === 24 && text.startsWith('B') : new RegExp(`^${string}$`).test(`${text}E`))
      )
    },
  })),
  {
    data: { task: 'agreement' },
    T: 14,
    says: 'asks for the number of the first noun, and has three others whose verbs agree with them',
    holds({ inputs, targets: [target] }) {
      const nouns = inputs.filter((word) => word < 2)
      const words = inputs.filter((word) => word !== 6)
      const agree = words.every((word, at) => (word !== 2 && word !== 3) || words[at - 1] === word - 2)
      return nouns.length === 4 && inputs[0] === target && agree
    },
  },
]

for (const { data: given, T, says, holds } of MEANINGS) {
  const { data } = parseTask(given, T)
  test(`drawSample() of ${JSON.stringify(data)} ${says}`, () => {
    const samples = [...drawSamples(data, T, 500)]
    const wrong = samples.filter((sample) => !holds(sample))
    assert.equal(samples.length, 500)
    assert.deepEqual(wrong.slice(0, 1), [])
  })
}

test('openFeed() under truncated BPTT cuts the lengths of sequences with their steps', async () => {
  const spec = parseSpec({
    data: { task: 'counting' },
    sequence_length: 12,
    bptt: { mode: 'truncated', k1: 4 },
    training: { batch_size: 6 },
  })
  const feed = await openFeed(spec)
  const whole = (await openFeed({ ...spec, bptt: { ...spec.bptt, mode: 'full' } })).window(1).batch
  const cut = [1, 2, 3].map((step) => feed.window(step).batch.lengths!)
  assert.deepEqual(
    [...whole.lengths!],
    [...whole.lengths!].map((_, n) => cut.reduce((sum, lengths) => sum + lengths[n]!, 0)),
  )
})

test('openFeed() of adding marks one number in each half and asks for their sum', async () => {
  const { batch } = (
    await openFeed(parseSpec({ data: { task: 'adding' }, sequence_length: 12, training: { batch_size: 3 } }))
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
    await openFeed(parseSpec({ data: { task: 'temporal_order' }, sequence_length: 50, training: { batch_size: 16 } }))
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
    await openFeed(parseSpec({ data: { task: 'copy', length: 3 }, sequence_length: 10, training: { batch_size: 1 } }))
  ).window(1)
  assert.deepEqual([...batch.targets].slice(7), [...batch.inputs].slice(0, 3))
  assert.deepEqual(
    [...batch.targets].slice(0, 7),
    Array.from({ length: 7 }, () => 0),
  )
})

test('openFeed() under truncated BPTT gives one update to a sequence with its loss at the end, and moves the state first', async () => {
  const spec = parseSpec({ data: { task: 'adding' }, sequence_length: 12, bptt: { mode: 'truncated', k1: 4, k2: 8 } })
  const { prefix, batch, window } = (await openFeed(spec)).window(1)
  assert.equal(prefix?.steps, 4)
  assert.equal(batch.steps, 8)
  assert.equal(window.from, 'carried')
})

test('openFeed() under truncated BPTT walks through a sequence with targets at every step', async () => {
  const spec = parseSpec({
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
