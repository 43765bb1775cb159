// Randomised truncation is right on average: over every pattern of cuts, and over the cuts that a run draws.

import assert from 'node:assert/strict'
import test from 'node:test'
import type { Batch, Engine, Program } from '@unroll/bptt'
import { parseJobSpec } from '@unroll/contract'
import { selectEngine } from '@unroll/engines'
import { truncation, windowAt } from '@unroll/tasks'
import { Comparison } from './comparison.ts'
import { CELL_NAMES, modelOf } from './networks.ts'
import { batchOf, OPTIMIZERS, POLICIES, program, SIZES } from './programs.ts'

const K1 = 2
const PLACES = 3
const T = K1 * (PLACES + 1)
const P = 0.3
const COMPENSATION = { every: K1, factor: 1 / (1 - P) }
const LEARN = { learningRate: 1, metrics: false, flow: false }

type Gradients = readonly (readonly number[])[]

function slice({ inputs, targets, ...rest }: Batch, start: number, end: number, mode: Program['mode']): Batch {
  const cut = <A extends Float32Array | Int32Array>(x: A) =>
    x.subarray((x.length / rest.steps) * start, (x.length / rest.steps) * end) as A
  return { steps: end - start, inputs: cut(inputs), targets: mode === 'many_to_one' ? targets : cut(targets) }
}

/** The gradient of the losses of steps [lossFrom, end) that goes back to `start`: what an update of plain descent at rate 1 takes from each parameter. */
async function gradient(
  engine: Engine,
  given: Program,
  batch: Batch,
  { start, lossFrom, end }: { start: number; lossFrom: number; end: number },
  compensation: typeof COMPENSATION | undefined,
): Promise<Gradients> {
  const session = await engine.open({ ...given, optimizer: OPTIMIZERS[0]!, clipping: POLICIES[0]! })
  if (start > 0) await session.forward(slice(batch, 0, start, given.mode), { from: 'initial', advance: start })
  const { tensors: before } = await session.state()
  const window = {
    from: start > 0 ? 'carried' : 'initial',
    lossSteps: end - lossFrom,
    advance: 0,
    compensation,
  } as const
  await session.step(slice(batch, start, end, given.mode), window, LEARN)
  const { tensors: after } = await session.state()
  session.dispose()
  const parameters = Object.entries(before).filter(([name]) => !name.startsWith('carried.'))
  return parameters.map(([name, { data }]) => Array.from(data, (value, i) => value - (after[name]?.data[i] ?? NaN)))
}

function addScaled(sum: Gradients | undefined, more: Gradients, factor: number): Gradients {
  return more.map((values, p) => values.map((value, i) => (sum?.[p]?.[i] ?? 0) + factor * value))
}

/** Every pattern of cuts with its probability. */
const PATTERNS = Array.from({ length: 2 ** PLACES }, (_, bits) => {
  const cuts = Array.from({ length: PLACES }, (__, place) => ((bits >> place) & 1) === 1)
  return { cuts, probability: cuts.reduce((product, cut) => product * (cut ? P : 1 - P), 1) }
})

const NETWORKS = [
  ...CELL_NAMES.map((cell) => ({ what: cell, model: modelOf(cell, { H: 3 }) })),
  {
    what: 'two layers that learn where they start',
    model: modelOf('lstm', { H: 3, layers: 2 }, { initialState: 'learned' }),
  },
  { what: 'a projection', model: modelOf('lstm', { H: [3, 4] }, { projectionSize: 2 }) },
] as const

for (const mode of ['many_to_many', 'many_to_one'] as const) {
  test(`the mean over all patterns of cuts is the gradient of full backpropagation, ${mode}`, async (t) => {
    const { engine } = await selectEngine('oracle')
    const comparison = new Comparison(1e-12)
    for (const { what, model } of NETWORKS) {
      const given = program({ model, mode, inputs: { kind: 'vectors', size: SIZES.X }, batchSize: 2 })
      const batch = batchOf(given, 0, T)
      const full = await gradient(engine, given, batch, { start: 0, lossFrom: 0, end: T }, undefined)
      let mean: Gradients | undefined
      const blocks = mode === 'many_to_one' ? [PLACES] : Array.from({ length: PLACES + 1 }, (_, n) => n)
      for (const { cuts, probability } of PATTERNS)
        for (const n of blocks) {
          const start = K1 * (cuts.slice(0, n).lastIndexOf(true) + 1)
          const reach = { start, lossFrom: n * K1, end: (n + 1) * K1 }
          const part = await gradient(engine, given, batch, reach, COMPENSATION)
          mean = addScaled(mean, part, probability / blocks.length)
        }
      for (const [p, values] of full.entries()) comparison.close(`${what}, parameter ${p}`, mean![p]!, values)
      comparison.files += 1
    }
    t.diagnostic(comparison.summary())
    engine.dispose()
  })
}

test('the mean over the cuts that a run draws comes to the gradient of full backpropagation as its variance says', async (t) => {
  const DRAWS = 20_000
  const { engine } = await selectEngine('oracle')
  const parsed = parseJobSpec({
    model: { cell: 'lstm' },
    data: { task: 'copy', length: 2 },
    sequence_length: T,
    bptt: { mode: 'randomised', k1: K1, truncation_probability: 0.5 },
    training: { seed: 11 },
  })
  assert.ok(parsed.ok, JSON.stringify(parsed))
  const reach = truncation(parsed.value)
  const given = program({ model: modelOf('lstm', { H: 3 }), inputs: { kind: 'vectors', size: SIZES.X } })
  const batch = batchOf(given, 0, T)
  const full = (await gradient(engine, given, batch, { start: 0, lossFrom: 0, end: T }, undefined)).flat()
  const made = new Map<string, readonly number[]>()
  const sum = full.map(() => 0)
  const squares = full.map(() => 0)
  let truncated: Gradients | undefined
  for (let draw = 0; draw < DRAWS; draw++) {
    const own = full.map(() => 0)
    for (let n = 0; n <= PLACES; n++) {
      const { start, end, window } = windowAt(n, reach, draw * (PLACES + 1) + n)
      const key = `${start} ${end}`
      const place = { start, lossFrom: end - K1, end }
      if (!made.has(key)) made.set(key, (await gradient(engine, given, batch, place, window.compensation)).flat())
      for (const [i, value] of made.get(key)!.entries()) own[i]! += value / (PLACES + 1)
    }
    for (const [i, value] of own.entries()) {
      sum[i]! += value / DRAWS
      squares[i]! += value ** 2 / DRAWS
    }
  }
  for (let n = 0; n <= PLACES; n++) {
    const place = { start: n * K1, lossFrom: n * K1, end: (n + 1) * K1 }
    truncated = addScaled(truncated, await gradient(engine, given, batch, place, undefined), 1 / (PLACES + 1))
  }
  const distance = (g: readonly number[]) => Math.hypot(...g.map((value, i) => value - full[i]!))
  const error = Math.sqrt(sum.reduce((total, mean, i) => total + squares[i]! - mean ** 2, 0) / DRAWS)
  const bias = distance(truncated!.flat())
  t.diagnostic(
    `${DRAWS} draws: ${distance(sum).toPrecision(3)} apart, standard error ${error.toPrecision(3)}; truncated: ${bias.toPrecision(3)}`,
  )
  assert.equal(made.size, ((PLACES + 1) * (PLACES + 2)) / 2)
  assert.ok(error > 0 && distance(sum) < 2.5 * error)
  assert.ok(bias > 20 * error)
  engine.dispose()
})
