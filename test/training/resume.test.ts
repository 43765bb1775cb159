// A run that is stopped anywhere and taken up again from its state is the run that was never stopped, bit for bit.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { selectEngine } from '@unroll/engines'
import type { MetricRow } from '@unroll/contract'
import type { Occasion, RunState } from '@unroll/trainer'
import { FLOAT32_ENGINES, enginesInTurn, needs } from '../conformance/interpreters.ts'
import { JOB, JOBS, throughBytes } from './jobs.ts'
import { runJob, type Run, type RunOptions } from './run.ts'

interface Observed extends Run {
  /** States by the step they were offered at. */
  states: Map<number, RunState>
  offered: [Occasion, number][]
}

async function observe(
  name: string,
  body: object,
  options: Pick<RunOptions, 'text' | 'lines' | 'resume'>,
): Promise<Observed> {
  const { engine } = await selectEngine(name)
  const states = new Map<number, RunState>()
  const offered: [Occasion, number][] = []
  const run = await runJob(engine, body, {
    ...options,
    onCheckpoint: async (occasion, step, take) => {
      offered.push([occasion, step])
      states.set(step, throughBytes(await take()))
    },
  })
  assert.equal(engine.live(), 0, 'tensors are left over')
  engine.dispose()
  return { ...run, states, offered }
}

/** What must be equal: all but how long a step took. */
function comparable(rows: readonly MetricRow[]): MetricRow[] {
  return rows.map((row) => {
    const { step_ms: _, ...series } = row.series
    return { ...row, series }
  })
}

function withoutTime({ position, training }: RunState): RunState {
  const { step_ms: _, ...result } = position.result
  return { position: { ...position, result }, training }
}

/** TensorFlow compiles a graph anew for each step that is gone on from; `cpu` takes longest, and goes through the passes of `wasm`. */
const FROM_ONE_STEP = ['tensorflow', 'cpu']
/** TensorFlow compiles a graph anew for each set of what is observed in a step. */
const COMPILED = { observe: { metrics_every: 1, flow_every: 1, probe_every: 6, saturation_every: 6 } }

for (const [index, { what, body, ...source }] of JOBS.entries()) {
  for (const name of enginesInTurn(['oracle', ...FLOAT32_ENGINES], index)) {
    test(`train() on ${name} goes on bit-exactly from every step with ${what}`, needs(name), async (t) => {
      const isCompiled = name === 'tensorflow'
      const given = { ...JOB, ...(isCompiled && COMPILED), checkpoint: { every_steps: 1 }, ...body }
      const whole = await observe(name, given, source)
      const last = whole.rows.at(-1)?.step ?? 0
      assert.deepEqual(whole.offered.at(-1), ['ended', last])
      const steps = FROM_ONE_STEP.includes(name) ? [Math.floor(last / 2)] : [1, Math.floor(last / 2), last - 1, last]
      for (const step of steps) {
        const resume = whole.states.get(step)
        assert.ok(resume, `no state was offered at step ${step}`)
        const rest = await observe(name, given, { ...source, resume })
        assert.deepEqual(comparable(rest.rows), comparable(whole.rows.filter((row) => row.step > step)))
        assert.deepEqual(withoutTime(rest.states.get(last)!), withoutTime(whole.states.get(last)!))
        assert.equal(rest.outcome.type, whole.outcome.type)
        assert.deepEqual(
          'reason' in rest.outcome && rest.outcome.reason,
          'reason' in whole.outcome && whole.outcome.reason,
        )
      }
      t.diagnostic(`${steps.length} resumptions of a run of ${last} steps`)
    })
  }
}

test('train() offers its state at each multiple of every_steps, when it stops and when it has succeeded', async () => {
  const given = { ...JOB, checkpoint: { every_steps: 5 } }
  assert.deepEqual((await observe('oracle', given, {})).offered, [
    ['due', 5],
    ['due', 10],
    ['ended', 12],
  ])
  const stop = new AbortController()
  const { engine } = await selectEngine('oracle')
  const offered: [Occasion, number][] = []
  const { outcome } = await runJob(engine, given, {
    signal: stop.signal,
    onRow: ({ step }) => step === 7 && stop.abort(),
    onCheckpoint: (occasion, step) => {
      offered.push([occasion, step])
      return Promise.resolve()
    },
  })
  assert.deepEqual(outcome, { type: 'stopped', step: 7 })
  assert.deepEqual(offered, [
    ['due', 5],
    ['stopped', 7],
  ])
})
