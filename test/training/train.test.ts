import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Engine } from '@unroll/bptt'
import { selectEngine } from '@unroll/engines'
import type { MetricRow } from '@unroll/contract'
import { runJob } from './run.ts'

const JOB = {
  model: { cell: 'gru', hidden_size: 6, layers: 2 },
  data: { task: 'temporal_order' },
  sequence_length: 20,
  training: { batch_size: 4, max_steps: 12, evaluate_every: 5, evaluation_batches: 2 },
  observe: { metrics_every: 2, flow_every: 5 },
}

for (const choice of ['oracle', 'wasm'] as const) {
  describe(`train() on ${choice}`, () => {
    let engine: Engine
    before(async () => {
      engine = (await selectEngine(choice)).engine
    })
    after(() => {
      assert.equal(engine.live(), 0, 'tensors are left over')
      engine.dispose()
    })

    test('reports rows, flow and evaluations at the first step, at each multiple and at the last', async () => {
      const { outcome, rows } = await runJob(engine, JOB)
      assert.equal(outcome.type, 'succeeded')
      assert.deepEqual(
        rows.map(({ step }) => step),
        [1, 2, 4, 5, 6, 8, 10, 12],
      )
      assert.deepEqual(
        rows.filter(({ flow }) => flow !== undefined).map(({ step }) => step),
        [1, 5, 10, 12],
      )
      assert.deepEqual(
        rows.filter(({ series }) => 'evaluation_loss' in series).map(({ step }) => step),
        [1, 5, 10, 12],
      )
      for (const { flow } of rows)
        if (flow)
          assert.deepEqual(
            flow.map(({ h }) => h.length),
            [20, 20],
          )
    })

    test('observes probe flow, saturation and truncation bias at the steps where they are asked for', async () => {
      const observe = { metrics_every: 12, flow_every: 0, probe_every: 6, saturation_every: 4, bias_every: 8 }
      const { rows } = await runJob(engine, { ...JOB, bptt: { mode: 'truncated', k1: 20, k2: 20 }, observe })
      const stepsWith = (is: (row: MetricRow) => boolean) => rows.filter(is).map(({ step }) => step)
      const has = (name: string) => stepsWith(({ series }) => name in series)
      assert.deepEqual(
        stepsWith(({ flow }) => flow?.every(({ probe }) => probe?.length === 20) ?? false),
        [1, 6, 12],
      )
      assert.deepEqual(has('saturation/layers.1'), [1, 4, 8, 12])
      assert.deepEqual(has('gate_saturation/layers.0.r'), [1, 4, 8, 12])
      assert.deepEqual(has('spectral_radius/layers.0.Whc.c'), [1, 4, 8, 12])
      assert.deepEqual(has('truncation_bias'), [1, 8, 12])
      for (const { series } of rows) if ('truncation_bias' in series) assert.ok(series['truncation_bias'] < 1e-6)
    })

    test('is a function of specification and seed', async () => {
      const losses = async (seed: number) => {
        const { rows } = await runJob(engine, { ...JOB, training: { ...JOB.training, seed } })
        return rows.map(({ series }) => series['loss'])
      }
      assert.deepEqual(await losses(5), await losses(5))
      assert.notDeepEqual(await losses(5), await losses(6))
    })

    test('learns the same whatever is observed', async () => {
      const last = async (observe: object) => (await runJob(engine, { ...JOB, observe })).rows.at(-1)?.series['loss']
      assert.equal(
        await last({ metrics_every: 1, flow_every: 1, probe_every: 1, saturation_every: 1, bias_every: 1 }),
        await last({ metrics_every: 12, flow_every: 0 }),
      )
    })

    test('ends at the target, with an evaluation', async () => {
      const training = { ...JOB.training, target: { series: 'loss', below: 100 } }
      const { outcome, rows } = await runJob(engine, { ...JOB, training: { ...training, evaluate_every: 0 } })
      assert.ok(outcome.type === 'succeeded')
      assert.deepEqual([outcome.step, outcome.reason], [1, 'target_reached'])
      assert.ok('evaluation_loss' in outcome.result)
      assert.equal(rows.length, 1)
    })

    test('stops early when the evaluation loss no longer falls', async () => {
      const training = { ...JOB.training, max_steps: 50, early_stopping: { patience: 2, min_delta: 100 } }
      const { outcome } = await runJob(engine, { ...JOB, training })
      assert.ok(outcome.type === 'succeeded')
      assert.deepEqual([outcome.step, outcome.reason], [10, 'early_stopped']) // evaluated at 1, 5 and 10
    })

    test('tells of each step that it is finished, whether or not it has a row', async () => {
      const { rows, finished } = await runJob(engine, { ...JOB, observe: { metrics_every: 4, flow_every: 0 } })
      assert.ok(rows.length < JOB.training.max_steps)
      assert.deepEqual(
        finished,
        Array.from({ length: JOB.training.max_steps }, (_, at) => at + 1),
      )
    })

    test('stops between two steps when it is asked to', async () => {
      const stop = new AbortController()
      const { outcome } = await runJob(engine, JOB, {
        signal: stop.signal,
        onRow: ({ step }) => step === 4 && stop.abort(),
      })
      assert.deepEqual(outcome, { type: 'stopped', step: 4 })
    })

    for (const [nonfinite, expected] of [
      ['fail', 'failed'],
      ['skip', 'succeeded'],
      ['zero', 'succeeded'],
    ] as const) {
      test(`a gradient that is not finite under "${nonfinite}" has the run ${expected}`, async () => {
        const { outcome, rows, events } = await runJob(engine, {
          model: { cell: 'rnn', activation: 'identity', hidden_size: 4, init: { spectral_radius: 8 } },
          data: { task: 'adding' },
          sequence_length: 400,
          clipping: { policy: 'none', nonfinite },
          training: { batch_size: 2, max_steps: 3 },
        })
        assert.equal(outcome.type, expected)
        assert.ok(!Number.isFinite(rows[0]?.series['grad_norm']), 'the norm is reported as it was')
        if (nonfinite !== 'zero') assert.ok(events.includes('nonfinite_gradient'))
        if (nonfinite === 'skip') assert.equal(rows.at(-1)?.series['updates_skipped'], 3)
      })
    }
  })
}
