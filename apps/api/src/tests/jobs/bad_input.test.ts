import assert from 'node:assert/strict'
import { test } from 'node:test'
import { UPLOAD_MEDIA_TYPES } from '../../datasets/formats.ts'
import { JOB, assertNothingStored, assertProblem, testApp } from '../../testing/app.ts'

interface BadJob {
  /** What is wrong, as the title of the test. */
  why: string
  body: object
  code?: string
  /** Pointer of each fault and what its detail must say. */
  faults: Record<string, RegExp>
}

const UNKNOWN_DATASET = 'ds_00000000000000000000'

const BAD_JOBS: BadJob[] = [
  { why: 'an empty body', body: {}, faults: { '/model': /^Is required/, '/data': /^Is required/ } },
  {
    why: 'an unknown field',
    body: { ...JOB, lerning_rate: 1 },
    faults: { '/lerning_rate': /unknown field: known here are name, model/ },
  },
  {
    why: 'an unknown field deep inside',
    body: { ...JOB, training: { seeds: 3 } },
    faults: { '/training/seeds': /unknown field: known here are batch_size/ },
  },
  {
    why: 'a wrong type',
    body: { ...JOB, training: { batch_size: '32' } },
    faults: { '/training/batch_size': /Must be an integer ≥ 1 and ≤ 65536: current value is "32"/ },
  },
  {
    why: 'null for a number',
    body: { ...JOB, sequence_length: null },
    faults: { '/sequence_length': /Must be an integer/ },
  },
  {
    why: 'k2 < k1',
    body: { ...JOB, bptt: { mode: 'truncated', k1: 20, k2: 5 } },
    faults: { '/bptt/k2': /Must be ≥ k1 \(20\): current value is 5/ },
  },
  {
    why: 'a clipping policy without its threshold',
    body: { ...JOB, clipping: { policy: 'norm' } },
    faults: { '/clipping/threshold': /Is required: must be a number > 0/ },
  },
  {
    why: 'a threshold where the policy has none',
    body: { ...JOB, clipping: { policy: 'none', threshold: 1 } },
    faults: { '/clipping/threshold': /unknown field/ },
  },
  {
    why: 'absurd sizes, all named at once',
    body: { ...JOB, model: { cell: 'rnn', hidden_size: 1e9, layers: 0 }, sequence_length: 1e12 },
    faults: {
      '/model/hidden_size': /≤ 8192/,
      '/model/layers': /≥ 1/,
      '/sequence_length': /≤ 100000/,
    },
  },
  {
    why: 'more memory than is allowed',
    body: { ...JOB, model: { cell: 'lstm', hidden_size: 8192, layers: 16 } },
    faults: { '/resources/max_memory_bytes': /Must be at least the \d+ bytes .* current value is 4294967296/ },
  },
  {
    why: 'an unknown cell',
    body: { ...JOB, model: { cell: 'transformer' } },
    faults: { '/model/cell': /one of "rnn", "gru_simple".*current value is "transformer"/ },
  },
  {
    why: 'no shards',
    body: { ...JOB, resources: { shards: 0 } },
    faults: { '/resources/shards': /current value is 0/ },
  },
  {
    why: 'a stop at no finding',
    body: { ...JOB, on_finding: 'stop', act_on: [] },
    faults: { '/act_on': /^Must have at least one finding where on_finding is "stop"/ },
  },
  {
    why: 'a stop at findings that are not looked for',
    body: { ...JOB, data: { task: 'copy' }, on_finding: 'stop', act_on: ['horizon_short', 'saturated_units'] },
    faults: {
      '/act_on':
        /^Must have a finding that is looked for: "horizon_short" is not, as .*; "saturated_units" is not, as /,
    },
  },
  {
    why: 'a lag as long as the sequence',
    body: { ...JOB, data: { task: 'noise_free_lag', lag: 50 }, sequence_length: 50 },
    faults: { '/data/lag': /shorter than sequence_length \(50\): current value is 50/ },
  },
  {
    why: 'a sequence too short for the task',
    body: { ...JOB, data: { task: 'temporal_order' }, sequence_length: 5 },
    faults: { '/sequence_length': /≥ 20 for task "temporal_order": current value is 5/ },
  },
  {
    why: 'a learning rate that is no number',
    body: { ...JOB, optimizer: { type: 'adam', learning_rate: 'NaN' } },
    faults: { '/optimizer/learning_rate': /Must be a number > 0/ },
  },
  {
    why: 'metadata that is too long',
    body: { ...JOB, metadata: { note: 'x'.repeat(513) } },
    faults: { '/metadata/note': /at most 512 characters/ },
  },
  {
    why: 'an unknown data set',
    body: { ...JOB, data: { dataset: UNKNOWN_DATASET } },
    code: 'DATASET_NOT_FOUND',
    faults: { '/data/dataset': /id of an uploaded data set: current value is "ds_0+"/ },
  },
  {
    why: 'an id that is no id',
    body: { ...JOB, data: { dataset: '../../etc/passwd' } },
    faults: { '/data/dataset': /matching \^ds_/ },
  },
  {
    why: 'fields and what does not hold between them, all at once',
    body: {
      ...JOB,
      model: { cell: 'lstm', hidden_size: 0, dropout: 0.5 },
      bptt: { mode: 'truncated', k1: 20, k2: 5 },
      training: { batch_size: '32', target: {} },
      colour: 'red',
    },
    faults: {
      '/model/hidden_size': /≥ 1/,
      '/model/dropout': /Must be 0 with one layer/,
      '/bptt/k2': /Must be ≥ k1 \(20\): current value is 5/,
      '/training/batch_size': /current value is "32"/,
      '/training/target': /either below or above/,
      '/colour': /unknown field/,
    },
  },
  {
    why: 'a length that is none, and nothing that follows from it',
    body: { ...JOB, sequence_length: 0, bptt: { mode: 'truncated', k1: 20 }, data: { task: 'noise_free_lag' } },
    faults: { '/sequence_length': /≥ 1/ },
  },
  { why: 'a list for a body', body: [JOB], faults: { '': /Must be an object/ } },
]

for (const { why, body, code = 'INVALID_SPECIFICATION', faults } of BAD_JOBS) {
  test(`POST /v1/jobs, dry or not, refuses ${why}, once for each place`, async (t) => {
    const service = await testApp(t)
    const problem = assertProblem(await service.http.post('/v1/jobs').send(body), code)
    const told = problem.errors ?? []
    assert.deepEqual(told.map(({ pointer }) => pointer).toSorted(), Object.keys(faults).toSorted())
    for (const { pointer, detail } of told) assert.match(detail, faults[pointer] ?? /^$/)
    const dry = assertProblem(await service.http.post('/v1/jobs?dry_run=true').send(body), code)
    assert.deepEqual(dry.errors, told)
    await assertNothingStored(service)
  })
}

const BAD_TEXT: [why: string, text: string, detail: RegExp][] = [
  ['a syntax error', '{\n  "model": }', /^Must be JSON: .*line 2, column 12/],
  ['a body that is cut short', '{"model": {', /at line 1, column 12/],
  ['a forbidden field name', '{"__proto__": {"cell": "rnn"}}', /__proto__/],
  ['a body nested 100,000 deep', '['.repeat(100_000), /^Must be JSON/],
]
for (const [why, text, detail] of BAD_TEXT) {
  test(`POST /v1/jobs refuses ${why} and says where`, async (t) => {
    const service = await testApp(t)
    const answer = await service.http.post('/v1/jobs').type('application/json').send(text)
    const problem = assertProblem(answer, 'INVALID_REQUEST')
    assert.match(problem.errors?.[0]?.detail ?? '', detail)
    assert.equal(problem.errors?.[0]?.pointer, '')
    await assertNothingStored(service)
  })
}

test('POST /v1/jobs takes a body nested as deep as JSON allows for a fault, not for a failure', async (t) => {
  const service = await testApp(t)
  for (const depth of [100, 1_000, 3_000, 5_000]) {
    const nested = `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`
    const { status } = await service.http.post('/v1/jobs').type('application/json').send(nested)
    assert.ok(status === 400 || status === 422, `${depth} deep: ${status}`)
  }
})

const UPLOADS = UPLOAD_MEDIA_TYPES.join(' or ')

const BAD_MEDIA: [path: string, type: string, wanted: string][] = [
  ['/v1/jobs', 'text/plain', 'application/json'],
  ['/v1/jobs', 'application/x-www-form-urlencoded', 'application/json'],
  ['/v1/datasets', 'application/json', UPLOADS],
  ['/v1/datasets', 'text/html', UPLOADS],
  ['/v1/datasets', 'text/plain; charset=latin1', UPLOADS],
]
for (const [path, type, wanted] of BAD_MEDIA) {
  test(`POST ${path} refuses ${type} and names ${wanted}`, async (t) => {
    const service = await testApp(t)
    const problem = assertProblem(
      await service.http.post(path).set('content-type', type).send('{}'),
      'UNSUPPORTED_MEDIA_TYPE',
    )
    assert.deepEqual(problem.errors, [
      { pointer: 'content-type', detail: `Must be ${wanted}: current value is "${type}"`, value: type },
    ])
    await assertNothingStored(service)
  })
}

test('POST /v1/jobs refuses a body over 1 MiB', async (t) => {
  const service = await testApp(t)
  const body = JSON.stringify({ ...JOB, name: 'x'.repeat(2 ** 20) })
  assertProblem(await service.http.post('/v1/jobs').type('application/json').send(body), 'BODY_TOO_LARGE')
  await assertNothingStored(service)
})

const JOB_ID = 'job_00000000000000000000'
const BAD_QUERIES: [method: 'get' | 'post', path: string, parameter: string, detail: RegExp][] = [
  ['get', '/v1/jobs?colour=red', 'colour', /unknown field: known here are after, limit, status/],
  ['get', '/v1/jobs?limit=0', 'limit', /Must be an integer ≥ 1 and ≤ 100: current value is 0/],
  ['get', '/v1/jobs?limit=many', 'limit', /current value is "many"/],
  ['get', '/v1/jobs?limit=1&limit=2', 'limit', /current value is \["1","2"\]/],
  ['get', '/v1/jobs?status=done', 'status', /one of "queued", "starting"/],
  ['get', '/v1/jobs?after=nonsense', 'after', /matching \^job_/],
  ['get', `/v1/jobs?metadata[team]=${'x'.repeat(513)}`, 'metadata[team]', /at most 512 characters/],
  ['get', `/v1/jobs/${JOB_ID}?verbose=1`, 'verbose', /unknown field/],
  ['get', `/v1/jobs/${JOB_ID}/metrics?after=last`, 'after', /matching/],
  ['get', `/v1/jobs/${JOB_ID}/metrics?series=loss,gradnorm`, 'series[1]', /matching .*current value is "gradnorm"/],
  ['get', `/v1/jobs/${JOB_ID}/metrics?from_step=-1`, 'from_step', /≥ 0/],
  ['get', `/v1/jobs/${JOB_ID}/flow?layer=first`, 'layer', /an integer/],
  ['get', `/v1/jobs/${JOB_ID}/events?after=evt_1`, 'after', /an integer/],
  ['get', '/v1/jobs/42', 'id', /matching \^job_.*current value is "42"/],
  ['post', '/v1/jobs?dry_run=yes', 'dry_run', /Must be true or false: current value is "yes"/],
  ['post', `/v1/jobs/${JOB_ID}/cancel?force=1`, 'force', /unknown field/],
  ['get', '/v1/workers?limit=1', 'limit', /unknown field/],
]
for (const [method, path, parameter, detail] of BAD_QUERIES) {
  test(`${method.toUpperCase()} ${path.slice(0, 80)} is refused for ${parameter}`, async (t) => {
    const service = await testApp(t)
    const request = service.http[method](path)
    const problem = assertProblem(await (method === 'post' ? request.send(JOB) : request), 'INVALID_REQUEST')
    assert.deepEqual(
      problem.errors?.map(({ pointer }) => pointer),
      [parameter],
    )
    assert.match(problem.errors?.[0]?.detail ?? '', detail)
    await assertNothingStored(service)
  })
}

test('POST /v1/jobs refuses an Idempotency-Key that is too long', async (t) => {
  const service = await testApp(t)
  const answer = await service.http.post('/v1/jobs').set('idempotency-key', 'k'.repeat(256)).send(JOB)
  assert.equal(assertProblem(answer, 'INVALID_REQUEST').errors?.[0]?.pointer, 'idempotency-key')
  await assertNothingStored(service)
})
