// Files of weights, and jobs that start from them. They are in one file as they share the network whose weights these are.

import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { test } from 'node:test'
import { Job, UPDATES_TEXT, Weights, encodeDecoding, type Initialisation, type TextDataset } from '@unroll/contract'
import { encodeSafetensors, type NamedTensors } from '@unroll/formats'
import { encodeStream, foretellTextDecoding } from '@unroll/tasks'
import { JOB, assertMatches, assertNothingStored, assertProblem, testApp, type TestApp } from '../testing/app.ts'
import { claimed, saved } from '../testing/runs.ts'

const NETWORK = { model: { cell: 'rnn', hidden_size: 2 }, data: { task: 'adding' } }
const SHAPES = {
  'layers.0.Wx': [2, 2],
  'layers.0.Wh': [2, 2],
  'layers.0.b': [2],
  'readout.Wo': [2, 1],
  'readout.bo': [1],
}
const ABSENT = '0'.repeat(20)

function tensorsOf(shapes: Readonly<Record<string, readonly number[]>> = SHAPES): NamedTensors {
  const fill = (shape: readonly number[]) => new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(0.5)
  return Object.fromEntries(Object.entries(shapes).map(([name, shape]) => [name, { shape, data: fill(shape) }]))
}

function post({ http }: TestApp, file: Uint8Array, query = '') {
  return http.post(`/v1/weights${query}`).type('application/octet-stream').send(Buffer.from(file))
}

test('weights are uploaded, listed, started from and deleted; a job that starts from them has a copy', async (t) => {
  const service = await testApp(t)
  const { http, store, artifacts } = service
  const file = encodeSafetensors(tensorsOf())
  const first = (await post(service, file, '?name=first').expect(201)).body as Weights
  assertMatches(Weights, first)
  assert.deepEqual(
    [first.name, first.format, first.bytes, first.tensors.length],
    ['first', 'safetensors', file.length, 5],
  )
  const { body: second } = await post(service, file).expect(201)
  const { body: page } = await http.get('/v1/weights?limit=1').expect(200)
  assert.deepEqual(
    [(page as { data: Weights[] }).data, (page as { next: string }).next],
    [[second], (second as Weights).id],
  )
  const { body: rest } = await http.get(`/v1/weights?after=${(second as Weights).id}`).expect(200)
  assert.deepEqual((rest as { data: Weights[] }).data, [first])

  const body = { ...NETWORK, init_from: { weights: first.id } }
  const { body: dry } = await http.post('/v1/jobs?dry_run=true').send(body).expect(200)
  const { initialisation, spec } = dry as { initialisation: Initialisation; spec: Job['spec'] }
  assert.equal(spec.init_from?.sha256, first.sha256)
  assert.deepEqual(
    [initialisation.layout, initialisation.taken.length, initialisation.left, initialisation.initial],
    ['state', 5, [], []],
  )
  assert.deepEqual((await store.jobs.list()).data, [])
  const job = (await http.post('/v1/jobs').send(body).expect(201)).body as Job
  assertMatches(Job, job)
  assert.deepEqual(job.initialisation, initialisation)
  assert.deepEqual(job.spec.init_from, { weights: first.id, sha256: first.sha256, strict: true, optimizer: false })
  await http.delete(`/v1/weights/${first.id}`).expect(204)
  assertProblem(await http.get(`/v1/weights/${first.id}`), 'WEIGHTS_NOT_FOUND')
  assertProblem(await http.delete(`/v1/weights/${first.id}`), 'WEIGHTS_NOT_FOUND')
  assert.equal((await artifacts.head(`jobs/${job.id}/initial_weights`))?.bytes, file.length)

  const gone = assertProblem(await http.post('/v1/jobs').send(body), 'WEIGHTS_NOT_FOUND')
  assert.equal(gone.errors?.[0]?.pointer, '/init_from/weights')
  await store.jobs.cancel(job.id)
  const again = (await http.post(`/v1/jobs/${job.id}/retry`).send({}).expect(202)).body as Job
  assert.deepEqual(
    [again.spec, again.initialisation],
    [job.spec, job.initialisation],
    'a retry starts from the copy of the old job',
  )
})

test('an idempotency key makes one job that starts from weights, with one copy', async (t) => {
  const service = await testApp(t)
  const { body: weights } = await post(service, encodeSafetensors(tensorsOf())).expect(201)
  const body = { ...NETWORK, init_from: { weights: (weights as Weights).id } }
  const send = () => service.http.post('/v1/jobs').set('idempotency-key', 'one').send(body).expect(201)
  const [first, again] = [await send(), await send()]
  assert.equal((again.body as Job).id, (first.body as Job).id)
  assert.equal(service.files().filter((name) => name === 'initial_weights').length, 1)
})

test('a job starts from a checkpoint of another job or a registered model, of which it says which', async (t) => {
  const service = await testApp(t)
  const { http, store } = service
  const { id } = (await http.post('/v1/jobs').send(NETWORK).expect(201)).body as Job
  const metadata = { [UPDATES_TEXT]: '3' }
  const checkpoint = await saved(service, {
    job: id,
    epoch: await claimed(service, id),
    step: 3,
    metadata,
    tensors: tensorsOf(),
  })
  const start = async (init_from: object) =>
    (
      await http
        .post('/v1/jobs')
        .send({ ...NETWORK, init_from })
        .expect(201)
    ).body as Job
  const pinned = { sha256: checkpoint.sha256, strict: true, optimizer: false }
  assert.deepEqual((await start({ job: id })).spec.init_from, { job: id, checkpoint: checkpoint.id, ...pinned })
  await http
    .post('/v1/models')
    .send({ name: 'sum', job: id, aliases: ['best'] })
    .expect(201)
  const started = await start({ model: 'sum', version: 'best', sha256: checkpoint.sha256 })
  assert.deepEqual(started.spec.init_from, { model: 'sum', version: '1', ...pinned })
  assert.equal(started.initialisation?.taken.length, 5)

  const { body: sweep } = await http
    .post('/v1/sweeps')
    .send({
      template: { ...NETWORK, init_from: { job: id, checkpoint: 'latest' } },
      space: { '/optimizer/learning_rate': { values: [0.1, 0.01] } },
      strategy: { type: 'grid' },
      objective: { metric: 'loss', goal: 'min' },
    })
    .expect(201)
  const { data } = (await http.get(`/v1/jobs?sweep=${(sweep as { id: string }).id}`).expect(200)).body as {
    data: Job[]
  }
  assert.deepEqual(
    data.map(({ spec }) => spec.init_from?.checkpoint),
    [checkpoint.id, checkpoint.id],
  )

  for (const [init_from, code, pointer] of [
    [{ job: id, sha256: 'a'.repeat(64) }, 'WEIGHTS_UNSUITABLE', '/init_from/sha256'],
    [{ job: `job_${ABSENT}` }, 'JOB_NOT_FOUND', '/init_from/job'],
    [{ model: 'absent' }, 'MODEL_NOT_FOUND', '/init_from/model'],
    [{ model: 'sum', version: '9' }, 'MODEL_NOT_FOUND', '/init_from/model'],
    [{ job: id, optimizer: true }, 'WEIGHTS_UNSUITABLE', '/init_from/optimizer'],
    [{}, 'INVALID_SPECIFICATION', '/init_from'],
    [{ job: id, model: 'sum' }, 'INVALID_SPECIFICATION', '/init_from'],
    [{ model: 'sum', checkpoint: 'best' }, 'INVALID_SPECIFICATION', '/init_from'],
  ] as const) {
    const problem = assertProblem(await http.post('/v1/jobs').send({ ...NETWORK, init_from }), code)
    assert.equal(problem.errors?.[0]?.pointer, pointer, JSON.stringify(problem))
  }
  const { data: jobs } = await store.jobs.list()
  assert.equal(jobs.length, 5, 'nothing that was refused was queued')
})

test('a job is refused by each name and shape of its weights that does not suit, before it is queued', async (t) => {
  const service = await testApp(t)
  const { body } = await post(
    service,
    encodeSafetensors(tensorsOf({ ...SHAPES, 'layers.0.Wx': [2, 3], other: [1] })),
  ).expect(201)
  const { id: weights } = body as Weights
  const refused = assertProblem(
    await service.http.post('/v1/jobs').send({ ...NETWORK, init_from: { weights } }),
    'WEIGHTS_UNSUITABLE',
  )
  assert.deepEqual(refused.errors?.map(({ detail }) => detail).toSorted(), [
    'Cannot take tensor "layers.0.Wx" [2,3]: must be [2,2] for the network',
    'Cannot take tensor "other" [1]: the network has no such tensor',
  ])
  assert.deepEqual((await service.store.jobs.list()).data, [])
  const lax = await service.http
    .post('/v1/jobs')
    .send({ ...NETWORK, init_from: { weights, strict: false } })
    .expect(201)
  const { left, initial, taken } = (lax.body as Job).initialisation!
  assert.deepEqual(
    [left.map(({ name }) => name), initial.map(({ name }) => name), taken.length],
    [['layers.0.Wx', 'other'], ['layers.0.Wx'], 4],
  )
})

test('a checkpoint of a text of other symbols is refused by name, and of the same symbols taken', async (t) => {
  const service = await testApp(t)
  const { http } = service
  const upload = async (text: string) =>
    ((await http.post('/v1/datasets').type('text/plain').send(text).expect(201)).body as { id: string }).id
  const body = { model: { cell: 'rnn', hidden_size: 2 }, sequence_length: 4, training: { batch_size: 2 } }
  const on = async (text: string) => ({ ...body, data: { dataset: await upload(text.repeat(40)) } })
  const { id } = (
    await http
      .post('/v1/jobs')
      .send(await on('cabba'))
      .expect(201)
  ).body as Job
  await saved(service, {
    job: id,
    epoch: await claimed(service, id),
    step: 3,
    metadata: encodeDecoding({ kind: 'text', problem: 'next_symbol', unit: 'character', vocabulary: ['a', 'b', 'c'] }),
    tensors: tensorsOf({ ...SHAPES, 'layers.0.Wx': [3, 2], 'readout.Wo': [2, 3], 'readout.bo': [3] }),
  })
  const start = async (text: string, more: object = {}) =>
    await http.post('/v1/jobs').send({ ...(await on(text)), init_from: { job: id, ...more } })
  const refused = assertProblem(await start('acdda'), 'WEIGHTS_UNSUITABLE')
  assert.deepEqual(
    refused.errors?.map(({ detail }) => detail.split(':')[0]),
    ['Must have the inputs of the job', 'Must have the outputs of the job'],
  )
  assert.match(refused.errors?.[0]?.detail ?? '', /value 2 of "character" .* is "c" in the job and "b" in the source/)
  const taken = (await start('bcaba')).body as Job
  assert.deepEqual([taken.initialisation?.taken.length, taken.initialisation?.left], [5, []])
  const lax = (await start('acdda', { strict: false })).body as Job
  assert.deepEqual(lax.initialisation?.left.map(({ name }) => name).toSorted(), [
    'layers.0.Wx',
    'readout.Wo',
    'readout.bo',
  ])
})

for (const unit of ['character', 'byte', 'word'])
  test(`foretellTextDecoding() names the symbols of a text by the ${unit} in the places that training gives them`, async (t) => {
    const { http } = await testApp(t)
    const text = 'to be, or not\nto be: that is é 😀 the question\n'
    const { body } = await http.post(`/v1/datasets?unit=${unit}`).type('text/plain').send(text).expect(201)
    const record = body as TextDataset
    const { vocabulary } = await encodeStream(Readable.from([Buffer.from(text)]), record)
    const foretold = foretellTextDecoding(record)
    assert.deepEqual(foretold, { kind: 'text', problem: 'next_symbol', unit, vocabulary })
    const some = { ...record, vocabulary: record.vocabulary!.slice(0, 4) }
    const known = unit === 'word' ? [] : vocabulary.slice(0, 4)
    assert.deepEqual(foretellTextDecoding(some), { ...foretold, vocabulary: known })
  })

const HEADER = { a: { dtype: 'F32', shape: [1], data_offsets: [0, 4] } }

/** A file with a header as it is given. */
function crafted(header: unknown, body = 4, announced?: bigint): Buffer {
  const json = Buffer.from(JSON.stringify(header))
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(announced ?? BigInt(json.length))
  return Buffer.concat([length, json, Buffer.alloc(body)])
}

const HOSTILE: readonly [what: string, file: Buffer, why: RegExp][] = [
  ['is empty', Buffer.alloc(0), /none of safetensors/],
  ['announces a header of 2^63 bytes', crafted(HEADER, 4, 2n ** 63n), /the header has 9223372036854775808 bytes/],
  [
    'has tensors that overlap',
    crafted({ ...HEADER, b: { ...HEADER.a } }),
    /starts at byte 0, where the one before ends at 4/,
  ],
  ['has a hole', crafted({ a: { ...HEADER.a, data_offsets: [4, 8] } }, 8), /starts at byte 4/],
  ['is cut off', crafted(HEADER, 3), /have 4 bytes and 3 follow/],
  [
    'has a dtype that is not read',
    crafted({ a: { ...HEADER.a, dtype: 'BF16' } }),
    /must be one of F32,F64,I32,I64: it is BF16/,
  ],
  ['has a size that is no size', crafted({ a: { ...HEADER.a, shape: [-1] } }), /must be a list of sizes/],
  ['has sizes whose product is too large', crafted({ a: { ...HEADER.a, shape: [2 ** 40, 2 ** 40] } }), /must have/],
  ['has a name of the prototype', crafted({ ['__proto__']: HEADER.a, constructor: 1 }), /Cannot read safetensors/],
  [
    'begins as HDF5 does and ends there',
    Buffer.from('894844460d0a1a0a', 'hex'),
    /Cannot read HDF5 as it goes on at byte 8/,
  ],
  ['is a zip without weights', Buffer.from(`PK\x03\x04${'\0'.repeat(60)}`), /Cannot read the zip as it has no end/],
  ['is a pickle', Buffer.from('\x80\x02}q\x00.'), /none of safetensors/],
]

for (const [what, file, why] of HOSTILE)
  test(`POST /v1/weights refuses a file that ${what}, and keeps nothing of it`, async (t) => {
    const service = await testApp(t)
    const problem = assertProblem(await post(service, file), 'WEIGHTS_INVALID')
    assert.match(problem.errors?.[0]?.detail ?? '', why)
    await assertNothingStored(service)
  })

test('POST /v1/weights refuses a size that is announced above the most, and another media type', async (t) => {
  const { http } = await testApp(t)
  const large = await http
    .post('/v1/weights')
    .type('application/octet-stream')
    .set('content-length', String(2 ** 31))
    .send(Buffer.alloc(9))
    .catch((error: unknown) => error)
  if (!(large instanceof Error)) assertProblem(large as never, 'WEIGHTS_TOO_LARGE')
  assertProblem(await http.post('/v1/weights').type('text/plain').send('x'), 'UNSUPPORTED_MEDIA_TYPE')
})

test('parts of the network that stay as they are must be there, and not be all of it', async (t) => {
  const { http } = await testApp(t)
  for (const [freeze, why] of [
    [['layers.1'], /parts of the network, which are layers.0, readout: current value has "layers.1"/],
    [['embedding'], /current value has "embedding"/],
    [['layers.0', 'readout'], /leave something to train/],
    [['layers.0.Wx'], /./],
  ] as const) {
    const problem = assertProblem(
      await http.post('/v1/jobs').send({ ...JOB, training: { freeze } }),
      'INVALID_SPECIFICATION',
    )
    assert.match(problem.errors?.[0]?.detail ?? '', why)
  }
  const { spec } = (
    await http
      .post('/v1/jobs')
      .send({ ...JOB, training: { freeze: ['layers.0'] } })
      .expect(201)
  ).body as Job
  assert.deepEqual(spec.training.freeze, ['layers.0'])
})
