import assert from 'node:assert/strict'
import { test } from 'node:test'
import { JOB, assertNothingStored, assertProblem, testApp } from '../../testing/app.ts'
import { GRID, HALVING } from '../../testing/sweeps.ts'

const BAD: [why: string, body: object, code: string, faults: Record<string, RegExp>][] = [
  [
    'one value of many that is wrong, at its place',
    {
      ...GRID,
      space: { 'optimizer.learning_rate': { values: [0.1, -1] }, '/model/hidden_size': { values: [4, 0, 8] } },
    },
    'INVALID_SPECIFICATION',
    {
      '/space/optimizer.learning_rate/values/1': /> 0 .*current value is -1$/,
      '/space/~1model~1hidden_size/values/1': /≥ 1 .*current value is 0$/,
    },
  ],
  [
    'what is wrong with its template, once',
    { ...GRID, template: { model: { cell: 'rnn' }, sequence_length: 0 } },
    'INVALID_SPECIFICATION',
    { '/template/sequence_length': /current value is 0$/, '/template/data': /^Is required/ },
  ],
  [
    'what only some of its trials make of the template',
    { template: { ...JOB, bptt: { mode: 'truncated', k1: 20 } }, space: { sequence_length: { values: [100, 10] } } },
    'INVALID_SPECIFICATION',
    { '/template/bptt/k1': /≤ sequence_length \(10\): current value is 20 \(in trial 1\)$/ },
  ],
  [
    'a field that is not there',
    { ...GRID, space: { 'optimizer.learning_rat': { values: [1] } } },
    'INVALID_SPECIFICATION',
    { '/space/optimizer.learning_rat/values/0': /unknown field/ },
  ],
  [
    'a path through what is no object',
    { ...GRID, space: { 'sequence_length.x': { values: [1] } } },
    'INVALID_SPECIFICATION',
    { '/space/sequence_length.x/values/0': /Must be an integer/ },
  ],
  [
    'too many combinations',
    { ...GRID, space: { a: { values: Array.from({ length: 200 }, (_, at) => at) }, b: { values: [1, 2] } } },
    'INVALID_SPECIFICATION',
    { '/space': /at most 256 combinations of values: current number is 400/ },
  ],
  [
    'what is drawn and out of bounds',
    {
      ...GRID,
      space: { 'training.batch_size': { distribution: 'int_uniform', min: 100_000, max: 200_000 } },
      strategy: { type: 'random', samples: 1 },
    },
    'INVALID_SPECIFICATION',
    { '/space/training.batch_size': /≤ 65536: current value is 1/ },
  ],
  [
    'rungs longer than a run may be',
    { ...HALVING, strategy: { ...HALVING.strategy, min_steps: 90_000_000 } },
    'INVALID_SPECIFICATION',
    { '/strategy/min_steps': /≤ 100000000: current value is 360000000/ },
  ],
  [
    'a data set that is not there',
    {
      ...GRID,
      space: { 'data.dataset': { values: ['ds_00000000000000000000'] } },
      template: { model: { cell: 'rnn' } },
    },
    'DATASET_NOT_FOUND',
    { '/space/data.dataset/values/0': /id of an uploaded data set/ },
  ],
  [
    'an objective that is not measured',
    { ...GRID, objective: { metric: 'accuracy', goal: 'max' } },
    'INVALID_SPECIFICATION',
    { '/objective/metric': /a loss, as task "adding" has no classes: current value is "accuracy"/ },
  ],
  [
    'an objective that is not measured and what is wrong with its template and its space, all at once',
    {
      template: { ...JOB, sequence_length: 0, bptt: { mode: 'truncated', k1: 20, k2: 5 } },
      space: { 'model.hidden_size': { values: [0, 4] } },
      objective: { metric: 'accuracy' },
    },
    'INVALID_SPECIFICATION',
    {
      '/template/sequence_length': /current value is 0$/,
      '/template/bptt/k2': /≥ k1 \(20\): current value is 5$/,
      '/space/model.hidden_size/values/0': /current value is 0$/,
      '/objective/metric': /a loss/,
    },
  ],
  [
    'a strategy that is not there and what is wrong with its template, all at once',
    { ...GRID, template: { ...JOB, bptt: { mode: 'truncated', k1: 20, k2: 5 } }, strategy: { type: 'bayes' } },
    'INVALID_SPECIFICATION',
    { '/strategy/type': /"grid"/, '/template/bptt/k2': /≥ k1/ },
  ],
  [
    'a finding that is looked for in no trial, as its input is not measured',
    {
      ...GRID,
      template: { ...JOB, model: { cell: 'lstm', hidden_size: 4 }, data: { task: 'copy' } },
      stop_on: ['exploding', 'horizon_short'],
    },
    'INVALID_SPECIFICATION',
    { '/stop_on/1': /^Must be looked for in some trial: "horizon_short" is not, as the probe flow/ },
  ],
  [
    'what is no sweep',
    { jobs: 3 },
    'INVALID_SPECIFICATION',
    { '/jobs': /unknown/, '/template': /required/, '/space': /required/ },
  ],
]
for (const [why, body, code, faults] of BAD) {
  test(`POST /v1/sweeps refuses ${why}, and makes nothing`, async (t) => {
    const service = await testApp(t)
    const problem = assertProblem(await service.http.post('/v1/sweeps').send(body), code)
    const told = Object.fromEntries((problem.errors ?? []).map(({ pointer, detail }) => [pointer, detail]))
    assert.deepEqual(Object.keys(told).toSorted(), Object.keys(faults).toSorted())
    for (const [pointer, detail] of Object.entries(faults)) assert.match(told[pointer] ?? '', detail)
    assert.deepEqual((await service.store.sweeps.list()).data, [])
    await assertNothingStored(service)
  })
}

const WAVES = Array.from({ length: 20 }, (_, n) =>
  JSON.stringify({ inputs: [0.5, n, 1.5], label: n % 2 === 0 ? 'slow' : 'fast', next: n }),
).join('\n')

const ON_DATASETS: [why: string, type: string, upload: string, data: object, metric: string, wanted: RegExp][] = [
  [
    'an error of classes',
    'application/jsonl',
    WAVES,
    {},
    'evaluation_mae',
    /^Must be one of loss, accuracy, .*"classification" has: current value is "evaluation_mae"$/,
  ],
  [
    'an accuracy of numbers',
    'application/jsonl',
    WAVES,
    { target: 'next', problem: 'regression' },
    'accuracy',
    /^Must be one of loss, evaluation_loss, evaluation_mae/,
  ],
  [
    'an F1 of a text',
    'text/plain',
    'to be or not to be, that is the question '.repeat(20),
    {},
    'evaluation_macro_f1',
    /evaluation_perplexity.*"next_symbol" has/,
  ],
  [
    'an evaluation where nothing is held out',
    'application/jsonl',
    WAVES,
    { validation_fraction: 0 },
    'evaluation_loss',
    /nothing is held out/,
  ],
]
for (const [why, type, upload, data, metric, wanted] of ON_DATASETS) {
  test(`POST /v1/sweeps refuses an objective that its data set never has: ${why}`, async (t) => {
    const service = await testApp(t)
    const { body } = await service.http.post('/v1/datasets').type(type).send(upload).expect(201)
    const template = { ...JOB, sequence_length: 10, data: { dataset: (body as { id: string }).id, ...data } }
    const post = (objective: object) => service.http.post('/v1/sweeps').send({ ...GRID, template, objective })
    const { errors = [] } = assertProblem(await post({ metric }), 'INVALID_SPECIFICATION')
    assert.deepEqual(
      errors.map(({ pointer }) => pointer),
      ['/objective/metric'],
    )
    assert.match(errors[0]?.detail ?? '', wanted)
    assert.deepEqual((await service.store.sweeps.list()).data, [])
    await post({ metric: 'loss' }).expect(201)
  })
}
