import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Engine } from '@unroll/bptt'
import { fitProbe, toPhi } from '@unroll/diagnosis'
import { selectEngine } from '@unroll/engines'
import { FINDING_CODES, amend, parseJobSpec, type FindingCode, type RecordedFinding } from '@unroll/contract'
import { diagnosticianOf, runJob, specOf } from './run.ts'

interface Fixture {
  code: FindingCode
  job: object
  layer: number | null
  /** Of the specification that is proposed. */
  proposes: (changes: NonNullable<RecordedFinding['changes']>) => unknown
  /** Findings that go with it. */
  also?: FindingCode[]
}

const training = (max_steps: number) => ({ batch_size: 8, max_steps, evaluation_batches: 1, evaluate_every: 0 })
const ADDING = { data: { task: 'adding' }, training: training(60) }
const SMALL_GRU = { model: { cell: 'gru', hidden_size: 4 }, data: { task: 'adding' }, sequence_length: 5 }

/** Linear units whose recurrent weights are λ times an orthogonal matrix: ‖∂L/∂h_t‖ changes by exactly λ a step. */
const linear = (lambda: number) => ({
  model: { cell: 'rnn', activation: 'identity', hidden_size: 8, init: { spectral_radius: lambda } },
})

const FIXTURES: readonly Fixture[] = [
  {
    code: 'exploding',
    job: { ...ADDING, ...linear(1.5), sequence_length: 60, clipping: { policy: 'none' } },
    layer: 0,
    proposes: ({ clipping }) => (clipping as { policy: string }).policy === 'norm',
  },
  {
    code: 'vanishing',
    job: { ...ADDING, model: { cell: 'rnn', hidden_size: 8 }, sequence_length: 100 },
    layer: 0,
    proposes: ({ model }) => (model as { cell: string }).cell === 'lstm',
    also: ['horizon_short'],
  },
  {
    code: 'horizon_short', // β^T = 0.93^90 = 1.5e-3 has not vanished, 0.93^63 has fallen below 1 %
    job: {
      ...ADDING,
      ...linear(0.93),
      data: { task: 'noise_free_lag', lag: 80 },
      sequence_length: 90,
      optimizer: { type: 'sgd', learning_rate: 1e-6 },
    },
    layer: 0,
    proposes: ({ model }) => (model as { init: { spectral_radius: number } }).init.spectral_radius === 1,
  },
  {
    code: 'clip_idle',
    job: { ...SMALL_GRU, training: training(1_000), clipping: { policy: 'norm', threshold: 100 } },
    layer: null,
    proposes: (changes) => Object.keys(changes).length === 0, // what no norm reaches has changed no update
  },
  {
    code: 'clip_saturated',
    job: {
      ...SMALL_GRU,
      training: training(200),
      clipping: { policy: 'norm', threshold: 0.001 },
      optimizer: { type: 'sgd' },
    },
    layer: null,
    proposes: ({ clipping }) => (clipping as { threshold: number }).threshold > 0.1,
    also: ['at_chance'], // updates this small teach nothing
  },
  {
    code: 'saturated_units',
    job: {
      model: { cell: 'rnn', hidden_size: 8 },
      data: { task: 'copy', symbols: 2, length: 2 },
      sequence_length: 20,
      training: training(60),
      optimizer: { type: 'sgd', learning_rate: 100 },
      observe: { saturation_every: 10 },
    },
    layer: 0,
    proposes: ({ optimizer }) => (optimizer as { learning_rate: number }).learning_rate === 10,
    also: ['exploding'], // updates this large have carried the weights away, to a loss far above chance
  },
  {
    code: 'truncation_biased',
    job: {
      ...linear(1),
      data: { task: 'copy', symbols: 2, length: 5 },
      sequence_length: 40,
      training: training(30),
      bptt: { mode: 'truncated', k1: 2, k2: 2 },
      observe: { bias_every: 10 },
    },
    layer: null,
    proposes: ({ bptt }) => (bptt as { k2: number }).k2 === 36, // as far as the lag
  },
  {
    code: 'at_chance', // gates open for the whole sequence carry the gradient, but nothing is learned at such a rate
    job: {
      model: { cell: 'lstm', hidden_size: 8, init: { chrono_t_max: 20 } },
      data: { task: 'adding' },
      sequence_length: 20,
      training: training(400),
      optimizer: { type: 'sgd', learning_rate: 1e-6 },
    },
    layer: null,
    proposes: ({ optimizer }) => (optimizer as { learning_rate: number }).learning_rate >= 0.01,
  },
]

/** An lstm with gates open for the length of the sequence, on a task it learns; clipping acts while it does. */
const HEALTHY = {
  model: { cell: 'lstm', hidden_size: 8, init: { chrono_t_max: 20 } },
  data: { task: 'adding' },
  sequence_length: 10,
  clipping: { policy: 'norm', threshold: 1 },
  optimizer: { type: 'adam', learning_rate: 0.01 },
  training: { ...training(600), batch_size: 16 },
  observe: { flow_every: 10, probe_every: 50, saturation_every: 50, bias_every: 200 },
}

describe('a diagnosis of runs that train', { concurrency: false }, () => {
  let engine: Engine
  before(async () => {
    engine = (await selectEngine('wasm')).engine
  })
  after(() => engine.dispose())

  async function diagnosed(job: object): Promise<RecordedFinding[]> {
    const { rows } = await runJob(engine, job)
    const diagnostician = diagnosticianOf(job)
    return [...diagnostician.observe(rows), ...diagnostician.examine()]
  }

  for (const { code, job, layer, proposes, also = [] } of FIXTURES) {
    test(`${code} is found, with its evidence and a specification that can be posted`, async (t) => {
      const findings = await diagnosed(job)
      const codes = new Set(findings.map((finding) => finding.code))
      assert.deepEqual([...codes].toSorted(), [code, ...also].toSorted())
      const finding = findings.find((each) => each.code === code)
      assert.ok(finding)
      t.diagnostic(`${JSON.stringify(finding.evidence)} → ${JSON.stringify(finding.changes)}`)
      assert.equal(finding.evidence.layer, layer)
      assert.ok(proposes(finding.changes ?? {}))
      const proposed = amend(specOf(job), finding.changes ?? {})
      assert.ok(proposed.ok)
      assert.deepEqual(parseJobSpec(proposed.value), proposed)
    })
  }

  test('every code has a run that is diagnosed with it', () => {
    assert.deepEqual(FIXTURES.map(({ code }) => code).toSorted(), [...FINDING_CODES].toSorted())
  })

  test('a healthy run gets no finding', async () => {
    assert.deepEqual(await diagnosed(HEALTHY), [])
  })

  test('what is proposed for a run that explodes trains to the end, and for one that vanishes it no longer does', async () => {
    const [exploding, vanishing] = FIXTURES
    assert.ok(exploding && vanishing)
    for (const { code, job } of [exploding, vanishing]) {
      const [finding] = await diagnosed(job)
      const proposed = amend(specOf(job), finding?.changes ?? {})
      assert.ok(proposed.ok)
      const { outcome } = await runJob(engine, proposed.value)
      assert.equal(outcome.type, 'succeeded', code)
      if (code === 'vanishing') assert.deepEqual(await diagnosed(proposed.value), [])
    }
  })

  for (const { lambda, T, horizon } of [
    { lambda: 0.5, T: 100, horizon: 7 },
    { lambda: 0.9, T: 100, horizon: 44 },
    { lambda: 0.99, T: 600, horizon: 459 },
  ]) {
    test(`the probe flow of linear units that scale by ${lambda} gives β and horizon`, async (t) => {
      const { rows } = await runJob(engine, {
        ...ADDING,
        ...linear(lambda),
        sequence_length: T,
        training: training(1),
        observe: { probe_every: 1 },
      })
      const probe = rows[0]?.flow?.[0]?.probe
      assert.ok(probe)
      const fit = fitProbe(toPhi(probe))
      t.diagnostic(`β ${fit.beta}, horizon ${fit.horizon}`)
      assert.ok(Math.abs((fit.beta ?? 0) / lambda - 1) < 0.01)
      assert.ok(Math.abs((fit.horizon ?? 0) - horizon) <= 1)
    })
  }
})
