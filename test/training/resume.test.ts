// A run that is stopped anywhere and taken up again from its state is the run that was never stopped, bit for bit.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeSafetensors, encodeSafetensors } from '@unroll/formats'
import { selectEngine } from '@unroll/engines'
import type { MetricRow } from '@unroll/contract'
import type { Occasion, RunState } from '@unroll/trainer'
import { FLOAT32_ENGINES, needs } from '../conformance/interpreters.ts'
import { runJob, type Run, type RunOptions } from './run.ts'

const JOB = {
  model: { cell: 'lstm', hidden_size: 5, layers: 2 },
  data: { task: 'adding' },
  sequence_length: 12,
  training: { batch_size: 4, max_steps: 12, evaluate_every: 4, evaluation_batches: 2 },
  observe: { metrics_every: 1, flow_every: 3, probe_every: 6, saturation_every: 5 },
}
const TEXT = 'the quick brown fox jumps over the lazy dog. '.repeat(12)

const TRAINING = { batch_size: 4, max_steps: 12 }
/** Sequences of 3 to 8 steps, of two classes. */
const CLASSES = Array.from({ length: 22 }, (_, n) => ({
  inputs: Array.from({ length: 3 + (n % 6) }, (__, t) => [Math.sin(n * t), n % 5 === 0 && t === 1 ? null : n % 2]),
  label: n % 3 === 0 ? 'rare' : 'often',
}))
const SERIES = [{ inputs: Array.from({ length: 90 }, (_, t) => [Math.sin(t / 3)]) }]

const JOBS: { what: string; body: object; text?: string; lines?: readonly object[] }[] = [
  { what: 'adam with a cosine schedule', body: { optimizer: { type: 'adam', schedule: { type: 'cosine' } } } },
  {
    what: 'dropout',
    body: { model: { ...JOB.model, dropout: 0.3, recurrent_dropout: 0.2 }, optimizer: { type: 'adamw' } },
  },
  {
    what: 'an average of the weights',
    body: { optimizer: { type: 'adam', weight_average: 0.9 } },
  },
  {
    what: 'micro-batches',
    body: { training: { ...JOB.training, gradient_accumulation: 2 }, bptt: { mode: 'truncated', k1: 4, k2: 6 } },
  },
  {
    what: 'layers of different sizes, the state carried',
    body: {
      model: { cell: 'lstm', hidden_sizes: [5, 3], initial_state: 'learned' },
      data: { task: 'copy', length: 2 },
      bptt: { mode: 'truncated', k1: 4, k2: 8 },
    },
  },
  { what: 'residual connections', body: { model: { ...JOB.model, dropout: 0.3, residual: true } } },
  {
    what: 'zoneout, the state carried, in micro-batches',
    body: {
      model: { cell: 'lstm', hidden_sizes: [5, 3], zoneout: { hidden: 0.2, cell: 0.5 } },
      data: { task: 'copy', length: 2 },
      bptt: { mode: 'truncated', k1: 4, k2: 8 },
      training: { ...JOB.training, gradient_accumulation: 2 },
    },
  },
  {
    what: 'a projection, the state carried',
    body: {
      model: { cell: 'lstm', hidden_sizes: [5, 4], projection_size: 3, recurrent_dropout: 0.2 },
      data: { task: 'copy', length: 2 },
      bptt: { mode: 'truncated', k1: 4, k2: 8 },
    },
  },
  { what: 'layer normalisation', body: { model: { ...JOB.model, layer_norm: true } } },
  {
    what: 'both directions, in micro-batches',
    body: {
      model: { ...JOB.model, bidirectional: true, residual: true, dropout: 0.3, recurrent_dropout: 0.2 },
      optimizer: { type: 'adam', weight_average: 0.9 },
      training: { ...JOB.training, gradient_accumulation: 2 },
    },
  },
  {
    what: 'both directions of sequences of unequal lengths, masked',
    body: {
      model: { cell: 'gru', hidden_size: 5, bidirectional: true },
      data: { dataset: 'ds_0123456789abcdefghij', missing: 'mask', validation_fraction: 0.2 },
    },
    lines: CLASSES,
  },
  { what: 'clipping by z-score', body: { clipping: { policy: 'zscore', z: 0.5, warmup_steps: 4 } } },
  { what: 'clipping by percentile', body: { clipping: { policy: 'percentile', percentile: 50, window: 10 } } },
  {
    what: 'windows of one sequence, the state carried',
    body: { data: { task: 'copy', length: 2 }, bptt: { mode: 'truncated', k1: 4, k2: 8 } },
  },
  {
    what: 'a text, the state carried',
    body: { data: { dataset: 'ds_0123456789abcdefghij' }, bptt: { mode: 'truncated', k1: 6, k2: 9 } },
    text: TEXT,
  },
  {
    what: 'sequences of unequal lengths, masked, of classes that weigh differently',
    body: {
      data: {
        dataset: 'ds_0123456789abcdefghij',
        missing: 'mask',
        class_weights: 'balanced',
        validation_fraction: 0.2,
      },
    },
    lines: CLASSES,
  },
  {
    what: 'a forecast of a long series, the state carried',
    body: {
      data: { dataset: 'ds_0123456789abcdefghij', horizon: 2, season: 19, loss: 'huber' },
      bptt: { mode: 'truncated', k1: 5, k2: 8 },
      training: { batch_size: 2, max_steps: 12, evaluate_every: 4 },
    },
    lines: SERIES,
  },
  {
    what: 'early stopping',
    body: {
      training: { ...TRAINING, max_steps: 40, evaluate_every: 2, early_stopping: { patience: 4, min_delta: 9 } },
    },
  },
  {
    what: 'updates that are skipped',
    body: {
      model: { cell: 'rnn', activation: 'identity', hidden_size: 4, init: { spectral_radius: 8 } },
      sequence_length: 400,
      clipping: { policy: 'none', nonfinite: 'skip' },
    },
  },
]

/** A state as a file and a document hold it. */
function throughBytes({ position, training }: RunState): RunState {
  const { tensors } = decodeSafetensors(encodeSafetensors(training.tensors))
  return structuredClone({ position, training: { ...training, tensors } }) as RunState
}

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

/** TensorFlow compiles a graph anew for each step that is gone on from, and for each set of what is observed in one. */
const COMPILED = { observe: { metrics_every: 1, flow_every: 1, probe_every: 6, saturation_every: 6 } }

for (const name of ['oracle', ...FLOAT32_ENGINES]) {
  for (const { what, body, ...source } of JOBS) {
    test(`train() on ${name} goes on bit-exactly from every step with ${what}`, needs(name), async (t) => {
      const isCompiled = name === 'tensorflow'
      const given = { ...JOB, ...(isCompiled && COMPILED), checkpoint: { every_steps: 1 }, ...body }
      const whole = await observe(name, given, source)
      const last = whole.rows.at(-1)?.step ?? 0
      assert.deepEqual(whole.offered.at(-1), ['ended', last])
      const steps = isCompiled ? [Math.floor(last / 2)] : [1, 3, Math.floor(last / 2), last - 1, last]
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
