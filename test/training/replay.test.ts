// Any past step of any run is computed again bit for bit, and of one that was not finite the place is named.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createNetwork, type Engine } from '@unroll/bptt'
import { selectEngine } from '@unroll/engines'
import { random } from '@unroll/random'
import type { MetricRow } from '@unroll/contract'
import { openFeed } from '@unroll/tasks'
import { Replayer, describeProgram, findOrigin, type RunState } from '@unroll/trainer'
import { FLOAT32_ENGINES, needs } from '../conformance/interpreters.ts'
import { JOB, JOBS, throughBytes } from './jobs.ts'
import { openData, runJob, specOf, type RunOptions } from './run.ts'

/** Random steps of each run, and of each engine the explosions, that are looked at. */
const REPLAYS = Number(process.env['UNROLL_REPLAYS'] ?? 1)
const EXPLOSIONS = Number(process.env['UNROLL_EXPLOSIONS'] ?? 7)
const CHECKPOINT_EVERY = 4
const LARGEST_FLOAT32 = (2 - 2 ** -23) * 2 ** 127

/** What a replay must have the bits of. */
function comparable({ step, series, flow }: MetricRow): object {
  const { loss, grad_norm, grad_norm_clipped } = series
  return { step, loss, grad_norm, grad_norm_clipped, flow: flow?.map(({ h, c }) => ({ h, c })) }
}

/** A run with its states at every few steps, as it is killed after half of its steps and taken up by another process. */
async function trainInterrupted(engine: Engine, body: object, source: Pick<RunOptions, 'text' | 'lines'>) {
  const states = new Map<number, RunState>()
  const keep: RunOptions['onCheckpoint'] = async (_, step, take) => void states.set(step, throughBytes(await take()))
  const whole = await runJob(engine, body, { ...source, onCheckpoint: keep })
  const half = [...states.keys()].toSorted((a, b) => a - b)[Math.floor(states.size / 2) - 1]
  const resume = half === undefined ? undefined : states.get(half)
  const rest = await runJob(engine, body, { ...source, onCheckpoint: keep, ...(resume && { resume }) })
  const rows = [...whole.rows.filter(({ step }) => step <= (half ?? 0)), ...rest.rows]
  return { states, rows, outcome: rest.outcome }
}

/** The newest state before a step. */
function findBefore(states: ReadonlyMap<number, RunState>, step: number): RunState | undefined {
  const before = [...states.keys()].filter((at) => at < step)
  return before.length === 0 ? undefined : states.get(Math.max(...before))
}

for (const name of FLOAT32_ENGINES.filter((engine) => engine !== 'cpu')) {
  // TensorFlow compiles graphs anew for each of them.
  const jobs = JOBS.filter((_, at) => REPLAYS > 1 || at % (name === 'tensorflow' ? 6 : 3) === 1)
  for (const { what, body, ...source } of jobs) {
    test(`a Replayer on ${name} has the bits of a run with ${what}`, needs(name), async (t) => {
      const { engine } = await selectEngine(name)
      const observe = { ...JOB.observe, flow_every: 1 }
      const given = { ...JOB, observe, checkpoint: { every_steps: CHECKPOINT_EVERY }, ...body }
      const { states, rows } = await trainInterrupted(engine, given, source)
      const spec = specOf(given)
      const feed = await openFeed(spec, await openData(spec, source))
      const last = rows.at(-1)?.step ?? 0
      const draws = random(11, what)
      const replayer = new Replayer(engine, spec, feed)
      const seconds: number[] = []
      let compared = 0
      for (let n = 0; n < REPLAYS; n += 1) {
        const step = 1 + draws.integer(last)
        const from = findBefore(states, step)
        const again: MetricRow[] = []
        const all = ['flow', 'probe', 'matrix', 'lyapunov', 'saturation', 'gates', 'states'] as const
        const began = performance.now()
        const found = await replayer.replay({ from, step, observe: all, onRow: (row) => again.push(row) })
        seconds.push((performance.now() - began) / 1e3)
        const first = (from?.position.step ?? 0) + 1
        assert.ok(found.computed_steps <= CHECKPOINT_EVERY && found.computed_steps === step - first + 1)
        const recorded = rows.filter((row) => row.step >= first && row.step <= step)
        assert.deepEqual(again.map(comparable), recorded.map(comparable))
        for (const layer of found.layers) {
          for (const norms of Object.values(layer.states ?? {})) assert.equal(norms.length, layer.log10_norm?.length)
          assert.ok(layer.matrix!.log10_norm.every(({ length }) => length === layer.log10_norm?.length))
          assert.ok(Object.keys(layer.states ?? {}).includes('h'))
          assert.notEqual(found.series[`lyapunov/${layer.name}.1`], undefined, layer.name)
        }
        compared += recorded.length
      }
      replayer.dispose()
      assert.equal(engine.live(), 0)
      engine.dispose()
      const [first = 0, ...others] = seconds.map((each) => each.toFixed(2))
      t.diagnostic(
        `${REPLAYS} steps of ${last}, ${compared} rows with the same bits, in ${first} s, then ${others.join(', ')}`,
      )
      assert.ok(compared >= REPLAYS)
    })
  }
}

/** Networks whose states grow, or at whose resting state the gradient does, by the factor of the recurrent weights. */
const GROWING: readonly { model: object; rests: boolean }[] = [
  { model: { cell: 'rnn', activation: 'identity' }, rests: false },
  { model: { cell: 'rnn', activation: 'relu' }, rests: false },
  { model: { cell: 'rnn', activation: 'identity', layers: 2 }, rests: false },
  { model: { cell: 'rnn', activation: 'tanh' }, rests: true },
  { model: { cell: 'lstm' }, rests: true },
  { model: { cell: 'lstm_peephole' }, rests: true },
  { model: { cell: 'gru_simple' }, rests: true },
]

/** A state whose recurrent weights are larger; a network that rests has no input and no bias, so that h = 0 on its way. */
function enlarge({ position, training }: RunState, factor: number, rests: boolean): RunState {
  const change = (name: string) => {
    if (/layers\.\d+\.(?:Wh\w*|U\w*)$/.test(name)) return (value: number) => value * factor
    return rests && /layers\.\d+\.(?:Wx|b|P\w*|p\w*)$/.test(name) ? () => 0 : (value: number) => value
  }
  const tensors = Object.entries(training.tensors).map(([name, { shape, data }]) => [
    name,
    { shape, data: name.startsWith('layers.') ? data.map(change(name)) : data },
  ])
  return { position, training: { ...training, tensors: Object.fromEntries(tensors) as typeof training.tensors } }
}

for (const name of FLOAT32_ENGINES.filter((engine) => engine !== 'cpu'))
  test(
    `the step, layer, time step and gate of each seeded explosion on ${name} are those of float64`,
    needs(name),
    async (t) => {
      const { engine } = await selectEngine(name)
      const { engine: oracle } = await selectEngine('oracle')
      const passes: Record<string, number> = {}
      const draws = random(7, 'explosions')
      let [named, calm] = [0, 0]
      for (let seed = 0; named < EXPLOSIONS; seed += 1) {
        const { model, rests } = GROWING[seed % GROWING.length]!
        const given = {
          model: { hidden_size: 6, ...model },
          data: { task: 'temporal_order' },
          sequence_length: 90 + draws.integer(90),
          training: { batch_size: 4, max_steps: 40, seed },
          clipping: { policy: 'none', nonfinite: 'fail' },
          observe: { metrics_every: 1, flow_every: 1 },
        }
        const step = 2 + draws.integer(3)
        const { states } = await trainInterrupted(
          engine,
          { ...given, training: { ...given.training, max_steps: step - 1 } },
          {},
        )
        const spec = specOf(given)
        const feed = await openFeed(spec)
        const factor = (rests ? 8 : 1.5) + 12 * draws.uniform()
        const from = enlarge(states.get(step - 1)!, factor, rests)
        const rows: MetricRow[] = []
        const replayer = new Replayer(engine, spec, feed)
        const { origin } = await replayer.replay({ from, step, observe: [], onRow: (row) => rows.push(row) })
        replayer.dispose()
        const exact = await oracle.open(describeProgram(spec, feed, oracle), from.training)
        const { batch, window } = feed.window(step)
        const truth = findOrigin(
          await exact.inspect(batch, window),
          createNetwork(describeProgram(spec, feed, oracle)),
          {
            T: batch.steps,
            most: LARGEST_FLOAT32,
          },
        )
        exact.dispose()
        // Weights that are hardly enlarged may stay finite, which float64 must then say as well.
        if (origin === null) {
          assert.equal(truth.pass, 'update', `seed ${seed}`)
          assert.ok((calm += 1) <= EXPLOSIONS / 10)
          continue
        }
        named += 1
        assert.deepEqual(origin, truth, `seed ${seed}, ${JSON.stringify(model)}, weights times ${factor}`)
        assert.ok(origin.timestep !== null && origin.gate !== null)
        const { first_nonfinite_layer: layer, first_nonfinite_timestep: timestep } = rows[0]?.series ?? {}
        if (origin.pass === 'backward') assert.deepEqual([layer, timestep], [origin.layer, origin.timestep])
        passes[origin.pass] = (passes[origin.pass] ?? 0) + 1
      }
      engine.dispose()
      t.diagnostic(`${named} explosions: ${JSON.stringify(passes)}; ${calm} draws stay finite`)
      assert.deepEqual(Object.keys(passes).toSorted(), ['backward', 'forward'])
    },
  )
