import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { Dataset, TextDataset, listOf, type Job, type Page } from '@unroll/contract'
import { assertMatches, assertNothingStored, assertProblem, testApp, type TestApp } from '../testing/app.ts'

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
  assertMatches(listOf(Dataset), page)
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
