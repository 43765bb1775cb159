import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { CellName, JobSpec } from '@unroll/client'
import { keptBy, planInside, planScores, type SeriesGroup } from './series_charts.ts'

const NAMES = [
  'loss',
  'clip_coefficient',
  'clipped_share',
  'learning_rate',
  'step_ms',
  'truncation_bias',
  'truncation_bound',
  'k2',
  'gradient_decay',
  'gate/layers.0.f',
  'gate/layers.0.u',
  'gate/layers.1.f',
  'gate_saturation/layers.0.f',
  'saturation/layers.0',
  'saturation/layers.1',
  'spectral_radius/layers.0.Wh.f',
  'flossing',
  'grad_norm/layers.0.Wh',
  'grad_norm/readout.Wo',
]

function specOf(changes: Partial<Record<'policy' | 'schedule', string>> = {}): JobSpec {
  const { policy = 'norm', schedule = 'constant' } = changes
  return {
    model: { cell: 'lstm' },
    clipping: { policy },
    optimizer: { schedule: { type: schedule, warmup_steps: 0 } },
  } as unknown as JobSpec
}

function drawn(groups: readonly SeriesGroup[]): Record<string, string[]> {
  const charts = groups.flatMap((group) => group.charts)
  return Object.fromEntries(charts.map(({ key, series }) => [key, series.map(({ name }) => name)]))
}

test('planInside() has a chart for each thing that is measured, gates and weights by layer, norms by tensor', () => {
  assert.deepEqual(drawn(planInside(NAMES, specOf())), {
    'gate-layers.0': ['gate/layers.0.f', 'gate/layers.0.u'],
    'gate-layers.1': ['gate/layers.1.f'],
    half_life: ['half_life/layers.0.f', 'half_life/layers.1.f'],
    'gate_saturation-layers.0': ['gate_saturation/layers.0.f'],
    saturation: ['saturation/layers.0', 'saturation/layers.1'],
    'spectral_radius-layers.0': ['spectral_radius/layers.0.Wh.f'],
    flossing: ['flossing'],
    clipping: ['clip_coefficient', 'clipped_share'],
    truncation: ['truncation_bias', 'truncation_bound'],
    k2: ['k2'],
    'gradient-decay': ['gradient_decay'],
    'grad_norm/layers.0.Wh': ['grad_norm/layers.0.Wh'],
    'grad_norm/readout.Wo': ['grad_norm/readout.Wo'],
    'step-time': ['step_ms'],
  })
})

test('planInside() leaves out what is not measured, clipping without a policy, and a learning rate that stays', () => {
  assert.deepEqual(planInside(['loss'], specOf()), [])
  const names = ['clip_coefficient', 'learning_rate']
  assert.deepEqual(drawn(planInside(names, specOf({ policy: 'none', schedule: 'cosine' }))), {
    'learning-rate': ['learning_rate'],
  })
  assert.deepEqual(drawn(planInside(names, specOf())), { clipping: ['clip_coefficient'] })
})

test('planScores() draws accuracies, errors and bits apart, as their units differ', () => {
  const names = ['evaluation_accuracy', 'evaluation_loss', 'evaluation_mae', 'evaluation_mae/2']
  assert.deepEqual(drawn(planScores(names)), {
    'scores-shares': ['evaluation_accuracy'],
    'scores-errors': ['evaluation_mae'],
  })
  assert.deepEqual(planScores(['evaluation_loss']), [])
  const longer = ['evaluation_loss/200', 'evaluation_accuracy/200', 'evaluation_accuracy/50']
  assert.deepEqual(drawn(planScores(longer)), {
    'evaluation_accuracy-lengths': ['evaluation_accuracy/200', 'evaluation_accuracy/50'],
    'evaluation_loss-lengths': ['evaluation_loss/200'],
  })
  assert.deepEqual(drawn(planInside(['sequence_length'], specOf())), { 'sequence-length': ['sequence_length'] })
})

for (const [cell, kept] of [
  ['lstm', [{ of: 'layers.0.f', keepsRest: false }]],
  ['gru', [{ of: 'layers.0.u', keepsRest: true }]],
  ['rnn', []],
] as const satisfies [CellName, { of: string; keepsRest: boolean }[]][]) {
  test(`keptBy() finds the gate by which a ${cell} keeps what it holds`, () => {
    assert.deepEqual(keptBy(cell, ['gate/layers.0.f', 'gate/layers.0.u', 'gate/layers.0.o']), kept)
  })
}
