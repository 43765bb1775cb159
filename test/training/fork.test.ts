// A run goes on from any step of another. Without changes it is that run bit for bit.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isDeepStrictEqual } from 'node:util'
import { selectEngine } from '@unroll/engines'
import type { Engine } from '@unroll/bptt'
import type { MetricRow } from '@unroll/contract'
import { random } from '@unroll/random'
import { openFeed } from '@unroll/tasks'
import { forkRun, type RunState } from '@unroll/trainer'
import { FLOAT32_ENGINES, needs } from '../conformance/interpreters.ts'
import { JOB, JOBS, throughBytes } from './jobs.ts'
import { openData, runJob, specOf, type RunOptions } from './run.ts'

/** Whether every job is forked on every engine. */
const IS_WHOLE = process.env['UNROLL_REPLAYS'] !== undefined
const CHECKPOINT_EVERY = 4
const NEVER = new AbortController().signal

type Source = Pick<RunOptions, 'text' | 'lines'>

/** All of a row but the time that it took. */
function comparable(row: MetricRow): object {
  const { step_ms: _, ...series } = row.series
  return { ...row, series }
}

/** All of a run but the time that its last step took. */
function timeless(run: object): unknown {
  return JSON.parse(JSON.stringify(run, (name, value: unknown) => (name === 'step_ms' ? undefined : value)))
}

/** Trains a run, and keeps its states. */
async function trainKeeping(engine: Engine, body: object, source: Source, resume?: RunState) {
  const states = new Map<number, RunState>()
  const onCheckpoint: RunOptions['onCheckpoint'] = async (_, step, take) =>
    void states.set(step, throughBytes(await take()))
  const { rows, outcome } = await runJob(engine, body, { ...source, onCheckpoint, ...(resume && { resume }) })
  return { states, rows, outcome }
}

/** The state of a run after a step, as a fork with another specification begins. */
async function fork(
  engine: Engine,
  bodies: [before: object, after: object],
  source: Source,
  from: RunState | undefined,
  step: number,
) {
  const [parent, child] = await Promise.all(
    bodies.map(async (body) => {
      const spec = specOf(body)
      return { spec, feed: await openFeed(spec, await openData(spec, source)) }
    }),
  )
  const state = await forkRun(engine, { parent: parent!, child: child!, from, step, signal: () => NEVER })
  assert.ok(state)
  return throughBytes(state)
}

for (const name of FLOAT32_ENGINES.filter((engine) => engine !== 'cpu')) {
  // TensorFlow compiles a graph anew for each of them.
  const jobs = JOBS.filter((_, at) => IS_WHOLE || at % (name === 'tensorflow' ? 9 : 3) === 2)
  for (const { what, body, ...source } of jobs) {
    test(`forkRun() without changes on ${name} has the bits of a run with ${what}`, needs(name), async (t) => {
      const { engine } = await selectEngine(name)
      const given = {
        ...JOB,
        observe: { ...JOB.observe, flow_every: 1 },
        checkpoint: { every_steps: CHECKPOINT_EVERY },
        ...body,
      }
      const parent = await trainKeeping(engine, given, source)
      const last = Math.max(...parent.states.keys())
      const step = 1 + random(5, what).integer(last - 1)
      const before = [...parent.states.keys()].filter((at) => at <= step)
      const from = before.length === 0 ? undefined : parent.states.get(Math.max(...before))
      const begun = await fork(engine, [given, given], source, from, step)
      const child = await trainKeeping(engine, given, source, begun)
      engine.dispose()
      const rest = parent.rows.filter((row) => row.step > step)
      assert.ok(rest.length > 0 && rest.length === child.rows.length)
      assert.deepEqual(child.rows.map(comparable), rest.map(comparable))
      const ends = [child, parent].map(({ states }) => states.get(last)!)
      assert.deepEqual(ends[0]?.training, ends[1]?.training)
      assert.deepEqual(timeless(ends[0]!.position), timeless(ends[1]!.position))
      assert.deepEqual(timeless(child.outcome), timeless(parent.outcome))
      t.diagnostic(`step ${step} of ${last}: ${rest.length} rows and the last state with the same bits`)
    })
  }
}

const CHANGES: readonly [what: string, change: { optimizer?: object; clipping?: object; bptt?: object }][] = [
  ['learning rate', { optimizer: { type: 'adam', learning_rate: 0.1 } }],
  ['threshold', { clipping: { policy: 'norm', threshold: 1e-3 } }],
  ['policy', { clipping: { policy: 'percentile' } }],
  ['optimizer', { optimizer: { type: 'momentum', learning_rate: 0.1 } }],
  ['average of the weights', { optimizer: { type: 'adam', weight_average: 0.9 } }],
  ['truncation', { bptt: { mode: 'truncated', k1: 4, k2: 4 } }],
]
for (const [what, change] of CHANGES) {
  test(`forkRun() with another ${what} keeps weights and what still fits, and trains on otherwise`, async () => {
    const { engine } = await selectEngine('wasm')
    const given = { ...JOB, checkpoint: { every_steps: CHECKPOINT_EVERY } }
    const [step, other] = [6, { ...given, ...change }]
    const parent = await trainKeeping(engine, given, {})
    const from = parent.states.get(CHECKPOINT_EVERY)
    const same = await fork(engine, [given, given], {}, from, step)
    const begun = await fork(engine, [given, other], {}, from, step)
    const isOther = specOf(other).optimizer.type !== specOf(given).optimizer.type
    for (const [name, { data }] of Object.entries(begun.training.tensors)) {
      const weights = name.startsWith('average.') ? name.slice('average.'.length) : name
      const expected = same.training.tensors[weights]?.data
      if (expected !== undefined && !(isOther && name.startsWith('moments.'))) assert.deepEqual(data, expected, name)
      else
        assert.ok(
          data.every((value) => value === 0),
          name,
        )
    }
    assert.equal(begun.training.updates, isOther ? 0 : step)
    const child = await trainKeeping(engine, other, {}, begun)
    engine.dispose()
    const first = ({ rows }: { rows: MetricRow[] }) => rows.find((row) => row.step === step + 1)?.series
    assert.equal(first(child)?.['loss'], first(parent)?.['loss'])
    const isTrainedAlike = 'weight_average' in (other.optimizer ?? {})
    const ends = [child, parent].map(
      ({ states }) => states.get(JOB.training.max_steps)?.training.tensors['layers.0.Wx'],
    )
    assert.equal(isDeepStrictEqual(ends[0], ends[1]), isTrainedAlike)
  })
}
