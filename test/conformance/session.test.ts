// What a session promises whatever the engine: windows, carried state, resuming, observing, Inf and NaN, memory.

import assert from 'node:assert/strict'
import test from 'node:test'
import type { Batch, Engine, PredictedRows, Program, Session, StepOptions, TrainingState } from '@unroll/bptt'
import { loadBackend, selectEngine, type TfjsBackendName } from '@unroll/engines'
import { FLOAT32_ENGINES, needs } from './interpreters.ts'
import { modelOf } from './networks.ts'
import { batchOf, OPTIMIZERS, POLICIES, program, SIZES } from './programs.ts'

const { N, T } = SIZES
const LEARN: StepOptions = { learningRate: 0.05, metrics: false, flow: false }
const LOOK: StepOptions = { learningRate: 0, metrics: true, flow: true }
const LOOK_AND_LEARN: StepOptions = { ...LOOK, learningRate: 0.05 }
const FULL = { from: 'initial', lossSteps: T, advance: T } as const
const VECTORS = { kind: 'vectors', size: SIZES.X } as const
const ADAM = program({ optimizer: OPTIMIZERS[4]!, clipping: POLICIES[2]! })

/** Steps [from, to) of a batch of symbols with a target at every step. */
function part({ inputs, targets }: Batch, from: number, to: number): Batch {
  return {
    steps: to - from,
    inputs: inputs.subarray(from * N, to * N),
    targets: targets.subarray(from * N, to * N),
  }
}

/** What a row of a batch answers at every step. */
function rowOf(outputs: Float32Array | Float64Array, n: number, rows: number, K: number): number[] {
  return Array.from({ length: outputs.length / rows }, (_, i) => outputs[(Math.floor(i / K) * rows + n) * K + (i % K)]!)
}

async function opened(
  name: string,
  given: Program,
  state?: TrainingState,
): Promise<{ engine: Engine; session: Session }> {
  const { engine } = await selectEngine(name)
  return { engine, session: await engine.open(given, state) }
}

function assertSameState(got: TrainingState, wanted: TrainingState): void {
  assert.equal(got.updates, wanted.updates)
  assert.ok(Object.keys(wanted.tensors).length > 0)
  for (const [name, { data }] of Object.entries(wanted.tensors)) assert.deepEqual(got.tensors[name]?.data, data, name)
}

/** Σ dᵗ⁻ⁱ pᵢ / Σ dᵗ⁻ⁱ of a tensor after each update. */
function averageByHand(states: readonly TrainingState[], name: string, d: number): number[] {
  const weights = states.map((_, i) => d ** (states.length - 1 - i))
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  const { length } = states[0]!.tensors[name]!.data
  return Array.from({ length }, (_, at) =>
    states.reduce((sum, { tensors }, i) => sum + (weights[i]! * tensors[name]!.data[at]!) / total, 0),
  )
}

const CLIPPED = POLICIES[2]!
/** Updates, for some of which there is a kernel where weights are not averaged. */
const UPDATES: readonly { readonly what: string; readonly given: Program }[] = [
  ...OPTIMIZERS.map((optimizer) => ({
    what: JSON.stringify(optimizer),
    given: program({ optimizer, clipping: CLIPPED }),
  })),
  {
    what: 'adam, nothing clipped, the decay part of the gradient',
    given: program({ optimizer: { ...OPTIMIZERS[4]!, weight_decay: 0.1 } }),
  },
  ...[OPTIMIZERS[4]!, { ...OPTIMIZERS[4]!, weight_decay: 0.1 }].map((optimizer) => ({
    what: `${JSON.stringify(optimizer)}, what is not finite zeroed`,
    given: program({ optimizer, clipping: { ...CLIPPED, nonfinite: 'zero' as const } }),
  })),
  {
    what: 'adam, half a million weights and more in one tensor',
    given: program({ optimizer: OPTIMIZERS[4]!, readout: { kind: 'softmax', size: 150_001 }, clipping: CLIPPED }),
  },
]

test(
  'tensorflow step() gives weights and moments the same bits whether weights are averaged or not',
  needs('tensorflow'),
  async (t) => {
    let numbers = 0
    for (const { what, given } of UPDATES) {
      const averaging = { ...given, optimizer: { ...given.optimizer, weight_average: 0.8 } }
      const [{ engine, session }, averaged] = [await opened('tensorflow', given), await opened('tensorflow', averaging)]
      for (let step = 0; step < 3; step++)
        for (const each of [session, averaged.session])
          await each.step(batchOf(given, step, 1), { from: 'initial', lossSteps: 1, advance: 1 }, LEARN)
      const [alone, beside] = [await session.state(), await averaged.session.state()]
      for (const [tensor, { data }] of Object.entries(alone.tensors)) {
        assert.deepEqual(beside.tensors[tensor]?.data, data, `${what}: ${tensor}`)
        numbers += data.length
      }
      for (const each of [engine, averaged.engine]) each.dispose()
    }
    t.diagnostic(`${UPDATES.length} updates, ${numbers} numbers`)
    assert.ok(numbers > 1_000_000)
  },
)

for (const name of ['oracle', ...FLOAT32_ENGINES]) {
  for (const microBatches of [1, N])
    test(
      `${name} evaluate() answers with the average of the weights, of ${microBatches} micro-batches`,
      needs(name),
      async (t) => {
        const d = 0.8
        const model = modelOf('lstm', { H: SIZES.H, layers: 2 }, { dropout: 0.3, initialState: 'learned' })
        const plain = program({ model, microBatches })
        const { engine, session } = await opened(name, {
          ...plain,
          optimizer: { ...plain.optimizer, weight_average: d },
        })
        const states: TrainingState[] = []
        for (let step = 0; step < 4; step++) {
          await session.step(batchOf(plain, step), FULL, LEARN)
          states.push(await session.state())
        }
        const { tensors } = states.at(-1)!
        const parameters = Object.keys(tensors).filter((tensor) => `average.${tensor}` in tensors)
        for (const tensor of parameters) {
          const got = tensors[`average.${tensor}`]!.data
          for (const [at, wanted] of averageByHand(states, tensor, d).entries())
            assert.ok(Math.abs(got[at]! - wanted) < 1e-6, `${tensor}[${at}]: ${got[at]} against ${wanted}`)
        }
        const averages = Object.fromEntries(parameters.map((tensor) => [tensor, tensors[`average.${tensor}`]!]))
        const averaged = await engine.open(plain, { tensors: { ...tensors, ...averages }, updates: 4 })
        const trained = await engine.open(plain, { tensors, updates: 4 })
        const answers = await Promise.all(
          [session, averaged, trained].map((each) =>
            each.evaluate(batchOf(plain, 9), { from: 'initial', outputs: true }),
          ),
        )
        assert.deepEqual(answers[0], answers[1])
        assert.notDeepEqual(answers[0], answers[2])
        t.diagnostic(`${parameters.length} tensors, ${answers[0]!.outputs!.length} outputs`)
        engine.dispose()
      },
    )
  test(
    `${name} step() gives windows that cover a sequence the losses of the whole, each counted once`,
    needs(name),
    async () => {
      const { session } = await opened(name, program())
      const batch = batchOf(program(), 0, 6)
      const whole = await session.step(batch, { from: 'initial', lossSteps: 6, advance: 6 }, LOOK)
      const k1 = 2
      const k2 = 4
      let sum = 0
      let start = 0
      for (let end = k1; end <= 6; end += k1) {
        const nextStart = Math.max(0, end + k1 - k2)
        const from = start === 0 ? 'initial' : 'carried'
        const advance = Math.min(nextStart, end) - start
        const report = await session.step(part(batch, start, end), { from, lossSteps: k1, advance }, LOOK)
        assert.equal(report.flow?.h[0]?.length, end - start)
        sum += report.loss * k1
        start += advance
      }
      assert.ok(Math.abs(sum / 6 - whole.loss) < 1e-6, `${sum / 6} against ${whole.loss}`)
      session.dispose()
    },
  )

  test(
    `${name} predict() answers a row as evaluate() does, wherever it is in the batch and whatever the others are`,
    needs(name),
    async () => {
      const [steps, K] = [6, SIZES.K]
      const given = program({
        batchSize: 6,
        model: modelOf('lstm', { H: SIZES.H, layers: 2 }, { initialState: 'zeros' }),
      })
      const { session } = await opened(name, given)
      const batch = batchOf(given, 0, steps)
      const { outputs: all } = await session.evaluate(batch, { from: 'initial', outputs: true })
      const zeros = Object.fromEntries(
        ['0.h', '0.c', '1.h', '1.c'].map((state) => [state, new Float32Array(6 * SIZES.H)]),
      )
      const expected = Array.from({ length: 6 }, (_, n) => rowOf(all!, n, 6, K))
      let looked = 0
      for (const order of [
        [0, 1, 2, 3, 4, 5],
        [5, 4, 3, 2, 1, 0],
        [2, 2, 2, 2, 2, 2],
        [3, -1, -1, 1, -1, -1],
      ]) {
        const inputs = new Int32Array(steps * 6)
        const lengths = Int32Array.from(order, (row) => (row < 0 ? 0 : steps))
        for (const [n, row] of order.entries())
          for (let t = 0; t < lengths[n]!; t++) inputs[t * 6 + n] = batch.inputs[t * 6 + row]!
        const { outputs } = await session.predict({ steps, inputs, lengths, states: zeros })
        for (const [n, row] of order.entries()) {
          if (row < 0) continue
          assert.deepEqual(rowOf(outputs, n, 6, K), expected[row], `row ${row} of ${order}`)
          looked++
        }
      }
      assert.equal(looked, 20)
      session.dispose()
    },
  )

  test(
    `${name} predict() goes on from the states of a row, and leaves a row that has ended as it was`,
    needs(name),
    async () => {
      const given = program({ model: modelOf('lstm', { H: SIZES.H }) })
      const { session } = await opened(name, given)
      const batch = batchOf(given, 0, 6)
      const zeros = { '0.h': new Float32Array(N * SIZES.H), '0.c': new Float32Array(N * SIZES.H) }
      const lengths = Int32Array.of(6, 2, 0)
      const whole = await session.predict({ steps: 6, inputs: batch.inputs, lengths, states: zeros })
      let states: PredictedRows['states'] = zeros
      for (const [from, to] of [
        [0, 4],
        [4, 6],
      ] as const) {
        const left = lengths.map((length) => Math.min(Math.max(0, length - from), to - from))
        const { inputs } = part(batch, from, to)
        const after = await session.predict({ steps: to - from, inputs, lengths: left, states })
        states = after.states
      }
      for (const [state, values] of Object.entries(states)) {
        assert.deepEqual(values, whole.states[state], state)
        assert.ok(
          values.subarray(2 * SIZES.H).every((value) => value === 0),
          'of a row without a step',
        )
      }
      const far = { ...zeros, '0.h': new Float32Array(1) }
      await assert.rejects(session.predict({ steps: 6, inputs: batch.inputs, lengths, states: far }), RangeError)
      session.dispose()
    },
  )

  test(
    `${name} evaluate() gives the outputs of a window of many chunks as those of its parts`,
    needs(name),
    async () => {
      const many = 1400 // rows, of which 2 steps are a chunk, or 5 in two shards
      const given = program({ model: modelOf('lstm', { H: 2 }), batchSize: many })
      const { session } = await opened(name, given)
      const batch = batchOf(given, 0, 6)
      const asked = (from: 'initial' | 'carried') => ({ from, outputs: true })
      const whole = await session.evaluate(batch, asked('initial'))
      const parts: number[] = []
      for (let start = 0; start < 6; start += 2) {
        const cut = {
          steps: 2,
          inputs: batch.inputs.subarray(start * many, (start + 2) * many),
          targets: batch.targets.subarray(start * many, (start + 2) * many),
        }
        const { outputs } = await session.evaluate(cut, asked(start === 0 ? 'initial' : 'carried'))
        parts.push(...outputs!)
      }
      assert.ok(whole.outputs?.length === 6 * many * SIZES.K, `${whole.outputs?.length} outputs`)
      assert.deepEqual([...whole.outputs], parts)
      assert.equal((await session.evaluate(batch)).outputs, undefined)
      session.dispose()
    },
  )

  test(`${name} forward() and evaluate() carry states of their own from batch to batch`, needs(name), async () => {
    const { session } = await opened(name, program())
    const batch = batchOf(program(), 0, 6)
    const whole = await session.evaluate(batch)
    const first = await session.evaluate(part(batch, 0, 3), { from: 'initial' })
    await session.forward(part(batch, 0, 3), { from: 'initial', advance: 3 })
    const second = await session.evaluate(part(batch, 3, 6), { from: 'carried' })
    const trained = await session.step(part(batch, 3, 6), { from: 'carried', lossSteps: 3, advance: 3 }, LOOK)
    assert.ok(Math.abs((first.loss + second.loss) / 2 - whole.loss) < 1e-6)
    assert.ok(Math.abs(trained.loss - second.loss) < 1e-6)
    session.dispose()
  })

  test(`${name} step() and evaluate() see nothing of a row beyond its length`, needs(name), async () => {
    const { session } = await opened(name, program())
    const batch = { ...batchOf(program()), lengths: Int32Array.of(T, 2, 0) }
    const beyond = (values: Batch['inputs'], value: number) =>
      values.map((id, i) => (Math.floor(i / N) < (batch.lengths[i % N] ?? 0) ? id : value))
    const other = { ...batch, inputs: beyond(batch.inputs, 1), targets: beyond(batch.targets, 0) as Int32Array }
    assert.notDeepEqual(other.inputs, batch.inputs)
    assert.deepEqual(await session.step(other, FULL, LOOK), await session.step(batch, FULL, LOOK))
    assert.deepEqual(await session.evaluate(other), await session.evaluate(batch))
    session.dispose()
  })

  test(`${name} drops units in training alone, others at each update`, needs(name), async () => {
    const given = program({ model: modelOf('lstm', { H: SIZES.H, layers: 2 }, { dropout: 0.5 }) })
    const { session } = await opened(name, given)
    const batch = batchOf(given)
    const { loss } = await session.evaluate(batch)
    const losses = []
    for (let update = 0; update < 3; update++) losses.push((await session.step(batch, FULL, LOOK)).loss)
    assert.equal(new Set([loss, ...losses]).size, 4, 'nothing is learned at rate 0: only the masks differ')
    assert.deepEqual(await session.evaluate(batch), await session.evaluate(batch))
    session.dispose()
  })

  test(`${name} open() from a state goes on bit-exactly`, needs(name), async () => {
    const { session } = await opened(name, ADAM)
    await session.step(batchOf(ADAM, 0), FULL, LEARN)
    const saved = await session.state()
    const { session: resumed } = await opened(name, ADAM, saved)
    const window = { ...FULL, from: 'carried' } as const
    const reports = [
      await session.step(batchOf(ADAM, 1), window, LEARN),
      await resumed.step(batchOf(ADAM, 1), window, LEARN),
    ]
    assert.deepEqual(reports[1], reports[0])
    assertSameState(await resumed.state(), await session.state())
    session.dispose()
    resumed.dispose()
  })

  test(`${name} step() changes no bit of a weight by being observed`, needs(name), async () => {
    const { session: observed } = await opened(name, ADAM)
    const { session: unobserved } = await opened(name, ADAM)
    for (const index of [0, 1, 2]) {
      await observed.step(batchOf(ADAM, index), FULL, { ...LEARN, metrics: true, probe: true, saturation: true })
      await observed.truncationBias(batchOf(ADAM, index), { k1: 2, k2: 3 })
      await unobserved.step(batchOf(ADAM, index), FULL, LEARN)
    }
    assertSameState(await observed.state(), await unobserved.state())
    observed.dispose()
    unobserved.dispose()
  })

  for (const nonfinite of ['fail', 'skip', 'zero'] as const) {
    test(
      `${name} step() under nonfinite "${nonfinite}" keeps every weight finite when an input is infinite`,
      needs(name),
      async () => {
        const given = program({
          inputs: VECTORS,
          model: modelOf('rnn', SIZES, { activation: 'identity' }),
          clipping: { policy: 'norm', threshold: 1, nonfinite },
          optimizer: OPTIMIZERS[4]!,
        })
        const { session } = await opened(name, given)
        const batch = batchOf(given)
        const before = await session.state()
        const broken = { ...batch, inputs: Float32Array.from(batch.inputs).fill(Infinity, 0, 1) }
        const report = await session.step(broken, FULL, { ...LEARN, metrics: true, flow: true })
        assert.equal(Number.isFinite(report.gradNorm), false)
        assert.equal(report.updated, nonfinite === 'zero')
        const after = await session.state()
        for (const [tensor, { data }] of Object.entries(after.tensors)) assert.ok(data.every(Number.isFinite), tensor)
        if (nonfinite !== 'zero') {
          const { tensors } = before
          const weights = Object.keys(tensors).filter((tensor) => !tensor.startsWith('carried.'))
          assert.equal(after.updates, 0)
          for (const tensor of weights) assert.deepEqual(after.tensors[tensor], tensors[tensor])
        }
        const next = await session.step(batch, { ...FULL, from: 'carried' }, LEARN)
        assert.equal(next.updated, true)
        session.dispose()
      },
    )
  }

  test(`${name} step() shows no zero in the flow of a relu rnn whose state is not finite`, needs(name), async () => {
    const { session } = await opened(
      name,
      program({ model: modelOf('rnn', SIZES, { activation: 'relu' }), inputs: VECTORS }),
    )
    const batch = batchOf(program({ inputs: VECTORS }))
    const { flow } = await session.step({ ...batch, inputs: Float32Array.from(batch.inputs).fill(NaN) }, FULL, LOOK)
    assert.deepEqual(flow?.h, [new Float32Array(T).fill(NaN)])
    session.dispose()
  })

  test(
    `${name} step() holds as many tensors after many updates as after one, and none after dispose()`,
    needs(name),
    async () => {
      const { engine, session } = await opened(name, ADAM)
      const backend = engine.name === 'tfjs' ? (await loadBackend(name as TfjsBackendName)).kernels : undefined
      const held = async (): Promise<readonly [number, number | undefined]> => {
        await session.truncationBias(batchOf(ADAM), { k1: 2, k2: 3 })
        await session.step(batchOf(ADAM), FULL, { ...LEARN, metrics: true, flow: true })
        await session.forward(batchOf(ADAM), FULL)
        await session.evaluate(batchOf(ADAM))
        return [engine.live(), backend?.numDataIds()]
      }
      const first = await held()
      for (let update = 0; update < 10; update++) assert.deepEqual(await held(), first)
      assert.ok(first[0] > 0)
      engine.dispose()
      assert.equal(engine.live(), 0)
      if (backend !== undefined) assert.equal(backend.numDataIds(), (first[1] ?? 0) - first[0])
    },
  )

  test(
    `${name} refuses batches, windows and states that do not fit, and holds nothing of them`,
    needs(name),
    async () => {
      const { engine, session } = await opened(name, program())
      const before = engine.live()
      const batch = batchOf(program())
      const outside = { ...batch, inputs: Int32Array.from(batch.inputs).fill(SIZES.X, 0, 1) }
      const float = { ...batch, inputs: Float32Array.from(batch.inputs) }
      const short = { ...batch, targets: batch.targets.subarray(1) }
      const refused = [
        [outside, FULL, /inputs must be ids from 0 to 3: current value is 4/],
        [float, FULL, /inputs must be a Int32Array: it is a Float32Array/],
        [short, FULL, /targets must have 21 numbers: current value is 20/],
        [batch, { ...FULL, lossSteps: T + 1 }, /lossSteps must be an integer from 1 to 7: current value is 8/],
        [{ ...batch, lengths: Int32Array.of(T, T) }, FULL, /lengths must have 3 numbers: current value is 2/],
        [
          { ...batch, lengths: Int32Array.of(T, T, T + 1) },
          FULL,
          /a length must be an integer from 0 to 7: current value is 8/,
        ],
        [batch, { ...FULL, advance: -1 }, /advance must be an integer from 0 to 7: current value is -1/],
      ] as const
      for (const [wrong, window, message] of refused) await assert.rejects(session.step(wrong, window, LEARN), message)
      const { tensors, updates } = await session.state()
      const { 'layers.0.Wh': _, ...incomplete } = tensors
      await assert.rejects(
        engine.open(program(), { tensors: incomplete, updates }),
        /"layers.0.Wh" must have shape \[6,24\]: current value is absent/,
      )
      assert.equal(engine.live(), before)
      engine.dispose()
    },
  )
}

for (const [name, steps, finite] of FLOAT32_ENGINES.flatMap((engine) => [
  [engine, 150, true] as const,
  [engine, 250, false] as const,
])) {
  const told = finite ? 'finite norms far beyond the square root of float32' : 'Inf'
  test(`${name} step() of an exploding linear rnn over ${steps} steps reports ${told}`, needs(name), async () => {
    const base = modelOf('rnn', { H: 4 }, { activation: 'identity' })
    const given = program({
      model: { ...base, init: { ...base.init, spectral_radius: 1.5 } } as Program['model'],
      inputs: { kind: 'vectors', size: 1 },
      readout: { kind: 'identity', size: 1 },
      mode: 'many_to_one',
      batchSize: 1,
    })
    const { session } = await opened(name, given)
    // Inputs are zero, so that only the gradient explodes: ‖dh_t‖ grows by 1.5 a step exactly.
    const batch = { steps, inputs: new Float32Array(steps), targets: Float32Array.of(1) }
    const report = await session.step(batch, { from: 'initial', lossSteps: 1, advance: steps }, LOOK)
    const flow = report.flow?.h[0] ?? new Float32Array()
    assert.equal(flow.length, steps)
    assert.equal(flow.every(Number.isFinite), finite)
    assert.equal(report.updated, finite)
    for (let back = 1; back < 150; back++) {
      const grown = flow[steps - 1 - back]! - flow[steps - 1]!
      assert.ok(Math.abs(grown - back * Math.log10(1.5)) < 1e-3, `${back} steps back: ${grown}`)
    }
    if (!finite) assert.ok(flow[0] === Infinity || Number.isNaN(flow[0]), `first: ${flow[0]}`)
    session.dispose()
  })
}

for (const name of ['oracle', ...FLOAT32_ENGINES])
  test(`${name} restore() goes on as a session that is opened with the state`, needs(name), async () => {
    const model = modelOf('lstm', { H: SIZES.H, layers: 2 }, { dropout: 0.3, initialState: 'learned' })
    const given = { ...ADAM, model, clipping: POLICIES[7]! } // remembers norms
    const { engine, session } = await opened(name, given)
    const carried = { ...FULL, from: 'carried' } as const
    const goOn = async (from: Session, first: number) => {
      const reports = [await from.step(batchOf(given, first), FULL, LOOK_AND_LEARN)]
      reports.push(await from.step(batchOf(given, first + 1), carried, LEARN))
      const evaluations = [await from.evaluate(batchOf(given, 9), { from: 'carried' })]
      return { reports, evaluations, state: await from.state() }
    }
    const first = await goOn(session, 0)
    const second = await goOn(session, 2)
    await session.itemise(batchOf(given, 0), FULL, 3)
    const held = engine.live()
    await session.restore(first.state)
    assert.deepEqual(await session.state(), first.state)
    assert.deepEqual((await goOn(session, 2)).state, second.state)
    await session.restore()
    assert.deepEqual(await goOn(session, 0), first)
    assert.equal(engine.live(), held)
    const { tensors, updates } = first.state
    const [missing = ''] = Object.keys(tensors)
    const { [missing]: _, ...others } = tensors
    await assert.rejects(session.restore({ tensors: others, updates }), RangeError)
    session.dispose()
    assert.equal(engine.live(), 0)
    engine.dispose()
  })
