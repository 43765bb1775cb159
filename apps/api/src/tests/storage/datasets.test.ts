import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  Dataset,
  DatasetDryRun,
  SampleSequence,
  SequenceDataset,
  TextDataset,
  pageSchema,
  type Job,
  type Page,
} from '@unroll/contract'
import { assertMatches, assertNothingStored, assertProblem, testApp, type TestApp } from '../../testing/app.ts'

function upload({ http }: TestApp, text: string | Buffer, query = '') {
  return http.post(`/v1/datasets${query}`).set('content-type', 'text/plain; charset=utf-8').send(text)
}

test('POST /v1/datasets stores a text and says what is in it', async (t) => {
  const service = await testApp(t)
  const text = '\uFEFFto be, or not to be 🙂🙂\n'
  const { status, headers, body } = await upload(service, text, '?name=hamlet')
  const dataset = body as TextDataset
  assert.equal(status, 201)
  assert.equal(headers['location'], `/v1/datasets/${dataset.id}`)
  assertMatches(TextDataset, dataset)
  assert.equal(dataset.name, 'hamlet')
  assert.equal(dataset.bytes, Buffer.byteLength(text))
  assert.equal(dataset.sha256, createHash('sha256').update(text).digest('hex'))
  assert.equal(dataset.characters, Array.from(text).length)
  assert.equal(dataset.vocabulary_size, new Set(text).size)
  assert.deepEqual(service.files(), [dataset.id])
  assert.deepEqual((await service.http.get(`/v1/datasets/${dataset.id}`)).body, dataset)
})

test('GET /v1/datasets gives pages, newest first', async (t) => {
  const service = await testApp(t)
  const ids: string[] = []
  for (const text of ['a', 'b', 'c']) ids.unshift(((await upload(service, text)).body as Dataset).id)
  const page = (await service.http.get('/v1/datasets?limit=2')).body as Page<Dataset>
  assertMatches(pageSchema(Dataset), page)
  const rest = (await service.http.get(`/v1/datasets?limit=2&after=${page.next}`)).body as Page<Dataset>
  assert.deepEqual(
    [...page.data, ...rest.data].map(({ id }) => id),
    ids,
  )
  assert.equal(rest.has_more, false)
})

test('DELETE /v1/datasets/{id} takes record and bytes away, but not from under a job', async (t) => {
  const service = await testApp(t)
  const { id } = (await upload(service, 'abc '.repeat(100))).body as Dataset
  const spec = { model: { cell: 'rnn' }, data: { dataset: id }, sequence_length: 10, training: { batch_size: 2 } }
  const job = (await service.http.post('/v1/jobs').send(spec)).body as Job
  assert.equal(job.status, 'queued', JSON.stringify(job))
  assertProblem(await service.http.delete(`/v1/datasets/${id}`), 'DATASET_IN_USE')
  await service.http.post(`/v1/jobs/${job.id}/cancel`)
  assert.equal((await service.http.delete(`/v1/datasets/${id}`)).status, 204)
  assert.deepEqual(service.files(), [])
  assertProblem(await service.http.get(`/v1/datasets/${id}`), 'DATASET_NOT_FOUND')
})

test('POST /v1/jobs refuses a data set that is too short for the job, and one whose job needs too much memory', async (t) => {
  const service = await testApp(t)
  const { id } = (await upload(service, 'abc '.repeat(100))).body as Dataset
  const post = (changes: object) =>
    service.http.post('/v1/jobs').send({ model: { cell: 'rnn' }, data: { dataset: id }, ...changes })
  const short = assertProblem(await post({ sequence_length: 100 }), 'DATASET_UNSUITABLE')
  assert.deepEqual(
    short.errors?.map(({ pointer, value }) => [pointer, value]),
    [
      ['/sequence_length', 100],
      ['/data/validation_fraction', 0.05], // 5 % of 400 characters hold no window of 100 either
    ],
  )
  assert.match(short.errors?.[0]?.detail ?? '', /Must be ≤ 10 as the text has 400 characters/)
  const resources = { max_memory_bytes: 2 ** 20 }
  const large = assertProblem(
    await post({ model: { cell: 'lstm', hidden_size: 512 }, sequence_length: 5, resources }),
    'DATASET_UNSUITABLE',
  )
  assert.equal(large.errors?.[0]?.pointer, '/resources/max_memory_bytes')
  assert.deepEqual((await service.store.jobs.list()).data, [])
})

test('POST /v1/jobs refuses to foretell with a network that reads the answers, and says why', async (t) => {
  const service = await testApp(t)
  const text = (await upload(service, 'abc '.repeat(100))).body as Dataset
  const series = JSON.stringify({ inputs: Array.from({ length: 60 }, (_, step) => [step]) })
  const numbers = (await uploadAs(service, 'application/x-ndjson', `${series}\n${series}\n`)).body as Dataset
  const model = { cell: 'lstm', bidirectional: true }
  for (const [data, problem] of [
    [{ dataset: text.id }, 'next_symbol'],
    [{ dataset: numbers.id, problem: 'forecast', horizon: 2 }, 'forecast'],
  ] as const) {
    const refused = await service.http.post('/v1/jobs').send({ model, data, sequence_length: 60 })
    const fault = assertProblem(refused, 'DATASET_UNSUITABLE').errors?.find(
      ({ pointer }) => pointer === '/model/bidirectional',
    )
    assert.match(
      fault?.detail ?? '',
      new RegExp(`Must be false for problem "${problem}", as the backward direction reads`),
    )
    assert.equal(fault?.value, true)
  }
  assert.deepEqual((await service.store.jobs.list()).data, [])
})

const LINES = '{"inputs":[[1,null],[3,4]],"label":"a"}\n{"inputs":[[5,6]],"label":"b"}\n'

function uploadAs({ http }: TestApp, type: string, body: string, query = '') {
  return http.post(`/v1/datasets${query}`).set('content-type', type).send(body)
}

test('POST /v1/datasets stores sequences, whose record and samples can be read', async (t) => {
  const service = await testApp(t)
  const { status, body } = await uploadAs(service, 'application/jsonl', LINES, '?name=pairs')
  const dataset = body as SequenceDataset
  assert.equal(status, 201, JSON.stringify(body))
  assertMatches(SequenceDataset, dataset)
  assert.deepEqual([dataset.sequences, dataset.steps, dataset.format, dataset.name], [2, 3, 'jsonl', 'pairs'])
  assert.equal(dataset.sha256, createHash('sha256').update(LINES).digest('hex'))
  assert.deepEqual(service.files(), [dataset.id])
  assert.deepEqual((await service.http.get(`/v1/datasets/${dataset.id}`)).body, dataset)
  const samples = (await service.http.get(`/v1/datasets/${dataset.id}/sequences`)).body as Page<SampleSequence>
  assertMatches(pageSchema(SampleSequence), samples)
  assert.deepEqual(samples.data, [
    { index: 0, length: 2, values: { inputs: [[1, null], [3, 4]], label: 'a' } },
    { index: 1, length: 1, values: { inputs: [[5, 6]], label: 'b' } },
  ]) // prettier-ignore
  const one = (await service.http.get(`/v1/datasets/${dataset.id}/sequences?limit=1`)).body as Page<SampleSequence>
  assert.equal(one.data.length, 1)
  const listed = (await service.http.get('/v1/datasets')).body as Page<Dataset>
  assertMatches(pageSchema(Dataset), listed)
  assert.equal((await service.http.delete(`/v1/datasets/${dataset.id}`)).status, 204)
  assert.deepEqual(service.files(), [])
})

const NAMED: [type: string, query: string, format: string][] = [
  ['application/x-ndjson', '', 'jsonl'],
  ['application/octet-stream', '?name=a.JSONL', 'jsonl'],
  ['application/jsonl; charset=utf-8', '?name=a', 'jsonl'],
]
for (const [type, query, format] of NAMED) {
  test(`POST /v1/datasets takes ${type}${query} for ${format}`, async (t) => {
    const service = await testApp(t)
    assert.equal(((await uploadAs(service, type, LINES, query)).body as SequenceDataset).format, format)
  })
}

test('POST /v1/datasets reads sequences as the query says', async (t) => {
  const service = await testApp(t)
  const query = '?label=speaker&ignore=b,c'
  const { body } = await uploadAs(service, 'text/csv', 'a,b,c,d,speaker\n1,2,3,4,5\n', query)
  assert.deepEqual(
    (body as SequenceDataset).fields.map(({ name, per }) => [name, per]),
    [
      ['inputs', 'step'],
      ['label', 'sequence'],
    ],
  )
  assert.equal((body as SequenceDataset).steps, 2)
  const refused = await uploadAs(service, 'text/plain', 'text', '?layout=long')
  assert.deepEqual(assertProblem(refused, 'INVALID_REQUEST').errors?.[0]?.pointer, 'layout')
})

test('POST /v1/datasets?dry_run=true says what is in an upload and stores nothing', async (t) => {
  const service = await testApp(t)
  const sequences = await uploadAs(service, 'application/jsonl', LINES, '?dry_run=true')
  assert.equal(sequences.status, 200)
  assertMatches(DatasetDryRun, sequences.body)
  assert.equal((sequences.body as { samples: unknown[] }).samples.length, 2)
  const text = await upload(service, 'abca', '?dry_run=true')
  assertMatches(DatasetDryRun, text.body)
  assert.equal((text.body as TextDataset).vocabulary_size, 3)
  await assertNothingStored(service)
})

test('POST /v1/datasets with an Idempotency-Key stores one data set, however often it is sent', async (t) => {
  const service = await testApp(t)
  const send = (body: string, query = '') =>
    uploadAs(service, 'application/jsonl', body, query).set('idempotency-key', 'k')
  const first = await send(LINES)
  const again = await send(LINES)
  assert.deepEqual([again.status, again.body, again.headers['idempotent-replayed']], [201, first.body, 'true'])
  assertProblem(await send(`${LINES}{"inputs":[[7,8]],"label":"a"}`), 'IDEMPOTENCY_KEY_REUSED')
  assertProblem(await send(LINES, '?category=label'), 'IDEMPOTENCY_KEY_REUSED')
  assert.deepEqual(service.files(), [(first.body as Dataset).id])
  await service.http.delete(`/v1/datasets/${(first.body as Dataset).id}`)
  assertProblem(await send(LINES), 'IDEMPOTENCY_KEY_SPENT')
  await assertNothingStored(service)
})

test('POST /v1/datasets tells of all faults of sequences by line and column, and keeps nothing', async (t) => {
  const service = await testApp(t, { maxDatasetBytes: 100_000 })
  const lines = Array.from({ length: 150 }, () => '{"inputs":[1,"x"]}').join('\n')
  const problem = assertProblem(
    await uploadAs(service, 'application/jsonl', `{"inputs":[1,2,3]}\n${lines}`),
    'DATASET_INVALID',
  )
  assert.equal(problem.error_count, 150)
  assert.equal(problem.errors?.length, 100)
  assert.deepEqual(
    [problem.errors?.[0]?.line, problem.errors?.[0]?.column, problem.errors?.[0]?.pointer],
    [2, 14, 'inputs'],
  )
  await assertNothingStored(service)
})

const UNTOLD: [type: string, query: string, detail: RegExp][] = [
  ['text/plain', '?name=a.csv', /Must be text\/csv for a file of that name/],
  ['application/octet-stream', '', /Must end in .*\.jsonl.*: there is no name/],
  ['application/octet-stream', '?name=a.xlsx', /Must end in .*\.csv.*: current value is "a.xlsx"/],
  ['application/json', '', /Must be text\/plain or application\/jsonl or .*: current value is "application\/json"/],
]
for (const [type, query, detail] of UNTOLD) {
  test(`POST /v1/datasets refuses ${type}${query}, and says what it takes`, async (t) => {
    const service = await testApp(t)
    const problem = assertProblem(await uploadAs(service, type, LINES, query), 'UNSUPPORTED_MEDIA_TYPE')
    assert.match(problem.errors?.[0]?.detail ?? '', detail)
    await assertNothingStored(service)
  })
}

const REFUSED: [what: string, bytes: Buffer, code: string, detail: RegExp][] = [
  ['an empty text', Buffer.alloc(0), 'DATASET_EMPTY', /at least one character, or one sequence: it has 0 bytes/],
  ['a text over the limit', Buffer.alloc(1_001, 'a'), 'DATASET_TOO_LARGE', /at most 1000 bytes: it has 1001/],
  ['bytes that are not UTF-8', Buffer.from([0x61, 0xc3, 0xa4, 0xff, 0x62]), 'DATASET_NOT_UTF8', /byte 3 is 0xff/],
  ['a text that ends inside a character', Buffer.from([0x61, 0x62, 0xe2, 0x82]), 'DATASET_NOT_UTF8', /byte 2 is 0xe2/],
]
for (const [what, bytes, code, detail] of REFUSED) {
  test(`POST /v1/datasets refuses ${what} and keeps nothing of it`, async (t) => {
    const service = await testApp(t)
    const problem = assertProblem(await upload(service, bytes), code)
    assert.match(problem.errors?.[0]?.detail ?? '', detail)
    await assertNothingStored(service)
  })
}

test('POST /v1/datasets refuses a request without a body', async (t) => {
  const service = await testApp(t)
  assertProblem(await service.http.post('/v1/datasets'), 'DATASET_EMPTY')
  await assertNothingStored(service)
})

/** An upload whose size is not announced, and which the test sends piece by piece. */
async function openUpload({ app }: TestApp) {
  await app.listen({ host: '127.0.0.1', port: 0 })
  const { port } = app.server.address() as AddressInfo
  const headers = { 'content-type': 'text/plain', 'transfer-encoding': 'chunked' }
  return request({ host: '127.0.0.1', port, method: 'POST', path: '/v1/datasets', headers })
}

test('POST /v1/datasets refuses a text over the limit whose size was not announced', async (t) => {
  const service = await testApp(t)
  const client = await openUpload(service)
  client.on('error', () => {}) // the rest of the body may find the connection closed
  for (let sent = 0; sent <= 1_000; sent += 100) client.write('a'.repeat(100))
  const [response] = (await once(client, 'response')) as [AsyncIterable<Buffer> & { statusCode: number }]
  assert.equal(response.statusCode, 413)
  let text = ''
  for await (const chunk of response) text += String(chunk)
  assert.equal((JSON.parse(text) as { code: string }).code, 'DATASET_TOO_LARGE')
  client.destroy()
  await assertNothingStored(service)
})

test('POST /v1/datasets keeps nothing of an upload that breaks off', async (t) => {
  const service = await testApp(t)
  const client = await openUpload(service)
  client.on('error', () => {}) // destroyed by the test itself
  client.write('half of a')
  await eventually(() => service.files().length === 1)
  client.destroy()
  await eventually(() => service.files().length === 0)
  await assertNothingStored(service)
})

async function eventually(condition: () => boolean): Promise<void> {
  const limit = performance.now() + 60_000
  while (!condition()) {
    assert.ok(performance.now() < limit, `Not within 60 s: ${String(condition)}`)
    await sleep(10)
  }
}
