import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseSweepSpec } from './sweep_spec.ts'

const SMALLEST = {
  template: { model: { cell: 'rnn' }, data: { task: 'adding' } },
  space: { '/optimizer/learning_rate': { values: [0.1, 0.01] } },
}
const LOG = { distribution: 'log_uniform', min: 1e-4, max: 1 }
const HALVING = { type: 'successive_halving', min_steps: 10 }

test('parseSweepSpec() fills in every default of the smallest sweep, and leaves its template alone', () => {
  const parsed = parseSweepSpec(SMALLEST)
  assert.deepEqual(parsed, {
    ok: true,
    value: {
      ...SMALLEST,
      strategy: { type: 'grid' },
      objective: { metric: 'evaluation_loss', goal: 'min' },
      repeats: 1,
      stop_on: [],
      metadata: {},
    },
  })
})

for (const [given, goal] of [
  [{ metric: 'evaluation_accuracy' }, 'max'],
  [{ metric: 'accuracy' }, 'max'],
  [{ metric: 'loss' }, 'min'],
  [{ metric: 'accuracy', goal: 'min' }, 'min'],
] as const)
  test(`parseSweepSpec() takes the objective ${JSON.stringify(given)} for ${goal}`, () => {
    const parsed = parseSweepSpec({ ...SMALLEST, objective: given })
    assert.ok(parsed.ok, JSON.stringify(parsed))
    assert.deepEqual(parsed.value.objective, { ...given, goal })
  })

const GOOD: [what: string, body: object][] = [
  ['samples of distributions', { space: { a: LOG }, strategy: { type: 'random', samples: 3 } }],
  ['halving of samples', { space: { 'a.b': LOG }, strategy: { ...HALVING, samples: 9 } }],
  [
    'whole numbers',
    { space: { '/a/b': { distribution: 'int_uniform', min: -1, max: 0 } }, strategy: { type: 'random', samples: 1 } },
  ],
  ['repeats of samples', { space: { a: LOG }, strategy: { type: 'random', samples: 64 }, repeats: 4 }],
  ['a seed of its own without repeats', { space: { 'training.seed': { values: [1, 2] } }, repeats: 1 }],
  ['what its trials stop on', { stop_on: ['vanishing', 'exploding', 'horizon_short'] }],
  ['neighbours', { space: { '/a/b': { values: [1] }, '/a/bc': { values: [null] } } }],
]
for (const [what, body] of GOOD) {
  test(`parseSweepSpec() takes ${what}`, () => {
    const parsed = parseSweepSpec({ ...SMALLEST, ...body })
    assert.ok(parsed.ok, JSON.stringify(parsed))
  })
}

const BAD: [why: string, body: object, faults: Record<string, RegExp>][] = [
  ['no space', { space: {} }, { '/space': /an object with at least 1 field/ }],
  ['no values', { space: { a: { values: [] } } }, { '/space/a/values': /a list of at least 1 item/ }],
  [
    'several faults at once, each at its place',
    {
      space: { 'a.b': { values: 3 }, '/c/d': { distribution: 'normal' }, e: { distribution: 'uniform', min: 0 } },
      colour: 1,
    },
    {
      '/space/a.b/values': /Must be a list .*current value is 3/,
      '/space/~1c~1d/distribution': /one of "uniform", "log_uniform", "int_uniform": current value is "normal"/,
      '/space/e/distribution': /Must be values/,
      '/space/e/max': /Is required/,
      '/colour': /unknown field/,
    },
  ],
  [
    'a template beside the rest, but for what trials set and what rests on it',
    {
      template: {
        model: { cell: 'lstm', hidden_size: 0, dropout: 0.5, activation: 'relu' },
        data: { task: 'adding' },
        bptt: { mode: 'truncated', k1: 30, k2: 5 },
        training: { seed: -1 },
      },
      space: { sequence_length: { values: [] }, 'optimizer.learning_rate': { values: [1] }, 'training.seed': LOG },
      strategy: { type: 'bayes' },
    },
    {
      '/template/model/hidden_size': /current value is 0/,
      '/template/model/activation': /unknown field/,
      '/template/model/dropout': /0 with one layer/,
      '/template/bptt/k2': /≥ k1/,
      '/space/sequence_length/values': /at least 1 item/,
      '/strategy/type': /"grid"/,
    },
  ],
  [
    'a template of which trials set the cell, beside the rest',
    {
      template: { model: { activation: 'relu', init: { forget_bias: 3 } }, data: 7 },
      space: { 'model.cell': { values: ['rnn'] } },
      metadata: 1,
    },
    { '/template/data': /Must be an object/, '/metadata': /Must be an object/ },
  ],
  [
    'a template, but for the steps that halving sets, beside the rest',
    {
      template: { ...SMALLEST.template, training: { max_steps: 0, batch_size: 0 } },
      strategy: { ...HALVING, min_steps: 0 },
    },
    { '/strategy/min_steps': /≥ 1/, '/template/training/batch_size': /≥ 1/ },
  ],
  [
    'bounds beside a strategy that is not there',
    { space: { 'a..b': { distribution: 'uniform', min: 1, max: 0 } }, strategy: null },
    { '/space/a..b': /the path of a field/, '/space/a..b/max': /> min/, '/strategy': /Must be/ },
  ],
  [
    'too many combinations, and names their number',
    { space: { a: { values: Array.from({ length: 200 }, (_, at) => at) }, b: { values: [1, 2] } } },
    { '/space': /^Must have at most 256 combinations of values: current number is 400$/ },
  ],
  [
    'too many fields without a look at each',
    { space: Object.fromEntries(Array.from({ length: 20_000 }, (_, at) => [`a..${at}`, { values: [1] }])) },
    { '/space': /at most 16 fields/ },
  ],
  [
    'values that are there twice, however they are written',
    {
      space: {
        a: { values: [1, 2, 1.0] },
        b: {
          values: [
            { x: 1, y: 2 },
            { y: 2, x: 1 },
          ],
        },
      },
    },
    { '/space/a/values/2': /Must differ from values\[0\]/, '/space/b/values/1': /Must differ from values\[0\]/ },
  ],
  [
    'a template larger than any job, without a look at its fields',
    { template: { model: Object.fromEntries(Array.from({ length: 1001 }, (_, at) => [`x${at}`, 1])) } },
    { '/template': /at most 1000 fields and items in all/ },
  ],
  [
    'a value larger than any part of a job',
    { space: { 'model.cell': { values: ['rnn', [Array.from({ length: 1000 }, () => 0)]] } } },
    { '/space/model.cell/values/1': /at most 1000 fields and items in all/ },
  ],
  ['a key that is no path', { space: { 'a..b': { values: [1] } } }, { '/space/a..b': /the path of a field/ }],
  [
    'a field twice',
    { space: { 'a.b': { values: [1] }, '/a/b': { values: [1] } } },
    { '/space/a.b': /Must not be "\/a\/b" or lie within it/, '/space/~1a~1b': /Must not be "a.b"/ },
  ],
  [
    'a field within another',
    { space: { clipping: { values: [{}] }, 'clipping.threshold': { values: [1] } } },
    { '/space/clipping.threshold': /Must not be "clipping" or lie within it/ },
  ],
  [
    'bounds the wrong way round',
    { space: { a: { distribution: 'uniform', min: 2, max: 2 } }, strategy: { type: 'random', samples: 1 } },
    { '/space/a/max': /Must be > min \(2\): current value is 2/ },
  ],
  [
    'bounds too far apart to draw between',
    {
      space: { a: { distribution: 'int_uniform', min: -(2 ** 53) + 1, max: 2 ** 53 - 1 } },
      strategy: { type: 'random', samples: 1 },
    },
    { '/space/a/max': /Must be within 2\^53 of min/ },
  ],
  [
    'a logarithm of 0',
    { space: { a: { ...LOG, min: 0 } }, strategy: { type: 'random', samples: 1 } },
    { '/space/a/min': /Must be > 0 for log_uniform: current value is 0/ },
  ],
  [
    'whole numbers between fractions',
    { space: { a: { distribution: 'int_uniform', min: 1, max: 2.5 } }, strategy: { type: 'random', samples: 1 } },
    { '/space/a/max': /Must be an integer: current value is 2.5/ },
  ],
  [
    'a distribution in a grid',
    { space: { a: LOG } },
    { '/space/a/distribution': /Must be values where strategy "grid"/ },
  ],
  [
    'a distribution that nothing is drawn from',
    { space: { a: LOG }, strategy: HALVING },
    { '/space/a/distribution': /Must be values where strategy "successive_halving" has no samples/ },
  ],
  [
    'steps that halving sets',
    { space: { 'training.max_steps': { values: [5] } }, strategy: HALVING },
    { '/space/training.max_steps': /Must be left out/ },
  ],
  [
    'too many samples',
    { strategy: { type: 'random', samples: 257 } },
    { '/strategy/samples': /≤ 256: current value is 257/ },
  ],
  ['no number of samples', { strategy: { type: 'random' } }, { '/strategy/samples': /Is required/ }],
  [
    'an unknown strategy',
    { strategy: { type: 'bayes' } },
    { '/strategy/type': /"grid", "random", "successive_halving"/ },
  ],
  [
    'an unknown metric',
    { objective: { metric: 'grad_norm' } },
    { '/objective/metric': /one of "loss", "accuracy", "evaluation_loss"/ },
  ],
  [
    'findings that are none, and one twice',
    { stop_on: ['vanishing', 'dull'] },
    { '/stop_on/1': /one of "at_chance", .*: current value is "dull"/ },
  ],
  [
    'more runs of all points than a sweep has',
    { space: { a: LOG }, strategy: { type: 'random', samples: 65 }, repeats: 4 },
    { '/repeats': /at most 256 runs of 65 points: current value is 4/ },
  ],
  [
    'a seed that is set twice',
    { space: { 'training.seed': { values: [1] }, model: { values: [{ cell: 'rnn' }] } }, repeats: 2 },
    { '/space/training.seed': /Must be left out where repeats/ },
  ],
  ['no repeats', { repeats: 0 }, { '/repeats': /≥ 1 and ≤ 32: current value is 0/ }],
  ['one finding twice', { stop_on: ['vanishing', 'vanishing'] }, { '/stop_on': /vanishing/ }],
  [
    'what a trial does at a finding, said in three places',
    {
      template: { ...SMALLEST.template, on_finding: 'stop', act_on: ['exploding'] },
      space: { on_finding: { values: ['stop'] } },
      stop_on: ['vanishing'],
    },
    {
      '/template/on_finding': /Must be left out where stop_on says/,
      '/template/act_on': /Must be left out where stop_on says/,
      '/space/on_finding': /Must not be of on_finding/,
    },
  ],
  [
    'trials that fork themselves',
    { template: { ...SMALLEST.template, on_finding: 'fork' } },
    { '/template/on_finding': /Must not be "fork"/ },
  ],
  ['no template', { template: null }, { '/template': /Must be an object: current value is null/ }],
]
for (const [why, body, faults] of BAD) {
  test(`parseSweepSpec() refuses ${why}`, () => {
    const parsed = parseSweepSpec({ ...SMALLEST, ...body })
    assert.ok(!parsed.ok)
    const told = Object.fromEntries(parsed.faults.map(({ pointer, detail }) => [pointer, detail]))
    assert.deepEqual(Object.keys(told).toSorted(), Object.keys(faults).toSorted())
    for (const [pointer, detail] of Object.entries(faults)) assert.match(told[pointer] ?? '', detail)
  })
}
