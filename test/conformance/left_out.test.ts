// Rows that leave steps out in their middle: they are to the network what the rows without those steps are.

import assert from 'node:assert/strict'
import test from 'node:test'
import { mapTensors, type Batch, type Flow, type PredictedRows, type Program, type Session } from '@unroll/bptt'
import { Comparison } from './comparison.ts'
import { ENGINES, FLOAT32_ENGINES, needs, openEngine } from './interpreters.ts'
import { CELL_NAMES, modelOf } from './networks.ts'
import { batchOf, program, SIZES } from './programs.ts'
import { listNorms } from './runs.ts'

const { N, T, H, K } = SIZES
const FULL = { from: 'initial', lossSteps: T, advance: 0 } as const
const LOOK = { learningRate: 0.1, metrics: true, flow: true, probe: true, saturation: true }
/** By row, the steps that it takes: the last of the second is behind its end. */
const TAKEN: readonly (readonly number[])[] = [
  [0, 1, 4, 6],
  [1, 2, 4],
  [0, 3, 4, 5, 6],
]

/** The steps that rows take, as a batch has them. */
function holesOf(rows: readonly (readonly number[])[]): Required<Pick<Batch, 'lengths' | 'mask'>> {
  const count = rows.length
  return {
    mask: Uint8Array.from({ length: T * count }, (_, i) => Number(rows[i % count]!.includes(Math.floor(i / count)))),
    lengths: Int32Array.from(rows, (taken) => taken.at(-1)! + 1),
  }
}

/** A batch of the steps that rows take, one after another. */
function withoutHoles(given: Program, batch: Batch, rows: readonly (readonly number[])[]): Batch {
  const count = rows.length
  const move = <Numbers extends Batch['inputs']>(values: Numbers): Numbers => {
    const width = values.length / (T * count)
    const moved = values.slice() as Numbers
    for (const [n, taken] of rows.entries())
      for (const [to, from] of taken.entries())
        for (let w = 0; w < width; w++) moved[(to * count + n) * width + w] = values[(from * count + n) * width + w]!
    return moved
  }
  return {
    steps: T,
    inputs: move(batch.inputs),
    targets: given.mode === 'many_to_one' ? batch.targets : move(batch.targets),
    lengths: Int32Array.from(rows, ({ length }) => length),
  }
}

/** The flow of a row with holes against that of the row without them: an exact zero at each of them. */
function compareFlows(
  holed: Flow,
  joined: Flow,
  { bidirectional, taken: forward }: { bidirectional: boolean; taken: readonly number[] },
  comparison: Comparison,
): void {
  for (const kind of ['h', 'c', 'probe'] as const)
    for (const [layer, norms] of listNorms(joined, kind).entries()) {
      const isBackward = bidirectional && layer % 2 === 1 // in the order in which the direction reads
      const taken = isBackward ? forward.map((step) => T - 1 - step).toReversed() : forward
      const all = Array.from(listNorms(holed, kind)[layer]!)
      const own = taken.map((step) => all[step]!)
      comparison.close(`${kind} ${layer}`, own, norms)
      const others = all.filter((_, step) => !taken.includes(step))
      assert.deepEqual(new Set(others), new Set([-Infinity]), `${kind} ${layer}`)
    }
}

const CASES: readonly { readonly what: string; readonly given: Program }[] = [
  ...CELL_NAMES.map((cell, index) => ({
    what: `2 × ${cell}`,
    given: program({
      model: modelOf(cell, { H: [H, 4] }),
      mode: index % 2 === 0 ? ('many_to_many' as const) : ('many_to_one' as const),
    }),
  })),
  {
    what: 'both directions',
    given: program({ model: modelOf('lstm', { H: [H, 4] }, { bidirectional: true, initialState: 'learned' }) }),
  },
  {
    what: 'both directions, many to one, in micro-batches',
    given: program({ model: modelOf('gru', { H }, { bidirectional: true }), mode: 'many_to_one', microBatches: N }),
  },
  {
    what: 'a read-out of numbers',
    given: program({ model: modelOf('lstm', { H }), readout: { kind: 'identity', size: 2 } }),
  },
]

for (const name of ENGINES)
  test(
    `${name}: a step on rows that leave steps out learns what a step on the rows without them does`,
    needs(name),
    async (t) => {
      const engine = await openEngine(name)
      for (const { what, given } of CASES) {
        const comparison = new Comparison(name === 'oracle' ? 1e-10 : 1e-4)
        const batch = batchOf(given)
        const [holed, joined] = [await engine.open(given), await engine.open(given)]
        const own = await holed.step({ ...batch, ...holesOf(TAKEN) }, FULL, { ...LOOK, probe: false })
        const other = await joined.step(withoutHoles(given, batch, TAKEN), FULL, { ...LOOK, probe: false })
        comparison.close(`${what} loss`, [own.loss], [other.loss])
        comparison.close(`${what} norm`, [own.gradNorm], [other.gradNorm])
        const [after, wanted] = [await holed.state(), await joined.state()]
        for (const [tensor, { data }] of Object.entries(wanted.tensors))
          if (!tensor.startsWith('carried.')) comparison.close(`${what} ${tensor}`, after.tensors[tensor]!.data, data)
        for (const session of [holed, joined]) session.dispose()
        t.diagnostic(comparison.summary())
      }
      engine.dispose()
    },
  )

for (const name of ENGINES)
  test(
    `${name}: the flow and the probe flow of a row are those of the row without the steps that it leaves out, and exact zeros at them`,
    needs(name),
    async (t) => {
      const engine = await openEngine(name)
      const rows = [[0, 2, 3, 6]]
      for (const bidirectional of [false, true]) {
        const comparison = new Comparison(name === 'oracle' ? 1e-6 : 1e-4) // the flow is in float32 everywhere
        const given = program({ model: modelOf('lstm', { H: [H, 4] }, { bidirectional }), batchSize: 1 })
        const batch = batchOf(given)
        const [holed, joined] = [await engine.open(given), await engine.open(given)]
        const own = (await holed.step({ ...batch, ...holesOf(rows) }, FULL, LOOK)).flow!
        const short = rows[0]!.length
        const joinedBatch = withoutHoles(given, batch, rows)
        const cut = {
          steps: short,
          inputs: joinedBatch.inputs.subarray(0, short),
          targets: joinedBatch.targets.subarray(0, short),
        }
        const window = { from: 'initial', lossSteps: short, advance: 0 } as const
        const other = (await joined.step(cut, window, LOOK)).flow!
        compareFlows(own, other, { bidirectional, taken: rows[0]! }, comparison)
        for (const session of [holed, joined]) session.dispose()
        t.diagnostic(comparison.summary())
      }
      engine.dispose()
    },
  )

for (const name of ['oracle', ...FLOAT32_ENGINES])
  test(
    `${name} predict() answers a row that leaves steps out with the bits of the row without them`,
    needs(name),
    async () => {
      const engine = await openEngine(name)
      let looked = 0
      for (const { given } of CASES.filter((each) => each.given.microBatches === undefined)) {
        const session = await engine.open(given)
        const batch = batchOf(given)
        const states = startOf(session, given)
        const own = await session.predict({ ...batch, ...holesOf(TAKEN), states: await states })
        const joined = withoutHoles(given, batch, TAKEN)
        const other = await session.predict({ ...joined, lengths: joined.lengths!, states: await states })
        assert.deepEqual(own.states, other.states)
        assert.deepEqual(...takenOutputs(own.outputs, other.outputs, given.mode))
        looked += own.outputs.length
        session.dispose()
      }
      assert.ok(looked > K * N * T)
      engine.dispose()
    },
  )

type Outputs = PredictedRows['outputs']

/** Outputs at the steps that rows take, of a batch with holes and of one without them. */
function takenOutputs(holed: Outputs, joined: Outputs, mode: Program['mode']): [Outputs[], Outputs[]] {
  if (mode === 'many_to_one') return [[holed], [joined]]
  const width = holed.length / (T * N)
  const at = (outputs: Outputs, t: number, n: number) => outputs.slice((t * N + n) * width, (t * N + n + 1) * width)
  return [
    TAKEN.flatMap((taken, n) => taken.map((from) => at(holed, from, n))),
    TAKEN.flatMap((taken, n) => taken.map((_, to) => at(joined, to, n))),
  ]
}

/** States of each row that are not zeros. */
async function startOf(session: Session, { batchSize }: Program): Promise<Record<string, Float32Array>> {
  const { tensors } = await session.state()
  const carried = Object.entries(tensors).filter(([tensor]) => tensor.startsWith('carried.'))
  return mapTensors(Object.fromEntries(carried.map(([tensor, value]) => [tensor.slice(8), value])), ({ data }) =>
    Float32Array.from(data, (_, i) => 0.1 + ((i * 7) % (5 + batchSize)) / 10),
  )
}

for (const name of ENGINES)
  test(`${name}: nothing of a step that is left out is read`, needs(name), async () => {
    const engine = await openEngine(name)
    const given = program()
    const batch = { ...batchOf(given), ...holesOf(TAKEN) }
    const leftOut = <Numbers extends Batch['inputs']>(values: Numbers, value: number): Numbers =>
      values.map((id, i) => (TAKEN[i % N]!.includes(Math.floor(i / N)) ? id : value)) as Numbers
    const other = { ...batch, inputs: leftOut(batch.inputs, 3), targets: leftOut(batch.targets, 0) }
    assert.notDeepEqual(other.inputs, batch.inputs)
    const session = await engine.open(given)
    const still = { ...LOOK, learningRate: 0, saturation: false }
    assert.deepEqual(await session.step(other, FULL, still), await session.step(batch, FULL, still))
    assert.deepEqual(await session.evaluate(other), await session.evaluate(batch))
    const mask = batch.mask.subarray(1)
    await assert.rejects(
      session.step({ ...batch, mask }, FULL, still),
      /mask must have 21 numbers: current value is 20/,
    )
    engine.dispose()
  })
