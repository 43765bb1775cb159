import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { once as onceEmitted } from 'node:events'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { UnrollClient } from '@unroll/client'
import { Upload, type TextDataset } from '@unroll/contract'
import { once, partKey, type Artifacts } from '@unroll/artifacts'
import { expireParts } from '../../datasets/parts.ts'
import { assertMatches, assertNothingStored, assertProblem, testApp, type TestApp } from '../../testing/app.ts'

function append({ http }: TestApp, offset: number | string, bytes: string, key = 'k') {
  return http
    .patch(`/v1/uploads/${key}`)
    .set('upload-offset', String(offset))
    .set('content-type', 'application/octet-stream')
    .send(Buffer.from(bytes))
}

test('an upload in parts is gone on with where it broke off, and read as one', async (t) => {
  const service = await testApp(t)
  const empty = (await service.http.get('/v1/uploads/k')).body as Upload
  assertMatches(Upload, empty)
  assert.equal(empty.offset, 0)
  const first = await append(service, 0, 'to be')
  assert.deepEqual(
    [first.status, first.headers['upload-offset'], first.body],
    [200, '5', { object: 'upload', key: 'k', offset: 5 }],
  )
  for (const offset of [0, 4, 6]) {
    const refused = assertProblem(await append(service, offset, 'or'), 'UPLOAD_OFFSET_WRONG')
    assert.match(refused.errors?.[0]?.detail ?? '', new RegExp(`Must be 5, .*: current value is ${offset}`))
  }
  assertProblem(await append(service, 'x', 'or'), 'INVALID_REQUEST')
  assertProblem(await append(service, 5, ''), 'DATASET_EMPTY')
  assertProblem(await append(service, 5, 'a'.repeat(996)), 'DATASET_TOO_LARGE')
  assert.equal((await service.http.head('/v1/uploads/k')).headers['upload-offset'], '5')
  await append(service, 5, ' or not')
  const read = await service.http.post('/v1/datasets?upload=k&name=hamlet').set('content-type', 'text/plain')
  const dataset = read.body as TextDataset
  assert.equal(read.status, 201, JSON.stringify(read.body))
  assert.deepEqual([dataset.bytes, dataset.name], ['to be or not'.length, 'hamlet'])
  assert.deepEqual(service.files().toSorted(), ['dataset', dataset.id].toSorted()) // no part is left
  const state = (await service.http.get('/v1/uploads/k')).body as Upload
  assert.deepEqual(state, { object: 'upload', key: 'k', offset: 0, dataset: dataset.id })
  const again = await service.http.post('/v1/datasets?upload=k').set('content-type', 'text/plain')
  assert.deepEqual([again.body, again.headers['idempotent-replayed']], [dataset, 'true'])
  await service.http.delete(`/v1/datasets/${dataset.id}`)
  assert.equal(((await service.http.get('/v1/uploads/k')).body as Upload).dataset, undefined)
})

test('parts of an upload that is refused stay, to be read otherwise, until they are deleted or seven days old', async (t) => {
  const service = await testApp(t)
  await append(service, 0, 'a,b\n1,x\n')
  const read = (query: string) =>
    service.http.post(`/v1/datasets?upload=k&name=a.csv&${query}`).set('content-type', 'application/octet-stream')
  assertProblem(await read('label=c'), 'DATASET_INVALID')
  assert.equal((await read('label=b&dry_run=true')).status, 200)
  assert.equal(await expireParts(service), 0)
  const { artifacts } = service
  const aged: Artifacts = {
    put: (key, source) => artifacts.put(key, source),
    get: (key) => artifacts.get(key),
    head: (key) => artifacts.head(key),
    delete: (key) => artifacts.delete(key),
    async *list(prefix) {
      const days = prefix === 'uploads' ? 7 : 0
      for await (const each of artifacts.list(prefix)) yield { ...each, writtenAt: each.writtenAt - days * 86_400_000 }
    },
  }
  assert.equal(await expireParts({ ...service, artifacts: aged }), 1)
  await append(service, 0, 'a,b\n1,x\n')
  assert.equal((await service.http.delete('/v1/uploads/k')).status, 204)
  await assertNothingStored(service)
  assertProblem(await read(''), 'DATASET_EMPTY')
})

test('client.datasets.createInParts() goes on through connections that break off', async (t) => {
  const service = await testApp(t, { maxDatasetBytes: 1_000_000 })
  const base = await service.app.listen({ host: '127.0.0.1', port: 0 })
  let requests = 0
  // Every second request breaks off: before it is sent on, or with its answer.
  const proxy = createServer((request, response) => {
    requests += 1
    const breaks = requests % 2 === 0
    void (async () => {
      const chunks: Buffer[] = []
      for await (const chunk of request) chunks.push(chunk as Buffer)
      if (breaks && requests % 4 === 0) return void request.socket.destroy()
      const { host: _, connection: __, 'content-length': ___, 'transfer-encoding': ____, ...headers } = request.headers
      const answer = await fetch(`${base}${request.url}`, {
        method: request.method ?? 'GET',
        headers: headers as Record<string, string>,
        ...(chunks.length > 0 && { body: Buffer.concat(chunks) }),
      })
      const body = Buffer.from(await answer.arrayBuffer())
      if (breaks && request.method === 'PATCH') return void request.socket.destroy()
      response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? '' }).end(body)
      return undefined
    })()
  }).listen(0, '127.0.0.1')
  await onceEmitted(proxy, 'listening')
  t.after(() => {
    proxy.close()
    proxy.closeAllConnections()
  })
  const client = new UnrollClient({ baseUrl: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}` })
  const text = new Blob(['a'.repeat(25_000), 'the end'], { type: 'text/plain' })
  const seen: number[] = []
  const dataset = (await client.datasets.createInParts(text, {
    uploadKey: 'large',
    partBytes: 10_000,
    name: 'large',
    onProgress: (sent) => seen.push(sent),
  })) as TextDataset
  assert.equal(dataset.characters, text.size)
  assert.equal(seen.at(-1), text.size)
  assert.ok(requests > 5, String(requests))
  // What another file left under the key is not gone on with.
  await service.artifacts.put(partKey('other', 0), once(Buffer.from('abcd')))
  const small = await client.datasets.createInParts(new Blob(['abc'], { type: 'text/plain' }), { uploadKey: 'other' })
  assert.equal(small.bytes, 3)
  assert.deepEqual(service.files().toSorted(), ['dataset', 'dataset', dataset.id, small.id].toSorted())
})
