import assert from 'node:assert/strict'
import { METHODS, request as send } from 'node:http'
import { test } from 'node:test'
import type { Job, Sweep } from '@unroll/contract'
import { JOB, assertNothingStored, assertProblem, testApp } from '../../testing/app.ts'
import { GRID } from '../../testing/sweeps.ts'

// What proxies, monitors and clients of other makers do.

test('HEAD answers as GET does, without a body, wherever GET answers', async (t) => {
  const { app, http } = await testApp(t)
  const { id } = (await http.post('/v1/jobs').send(JOB).expect(201)).body as Job
  const paths = ['/livez', '/readyz', '/v1/jobs', '/v1/sweeps', '/v1/datasets', '/v1/queue', '/v1/workers', '/metrics']
  const ofJob = ['', '/events', '/metrics', '/flow', '/stream', '/checkpoints', '/diagnosis']
  for (const path of [...paths, ...ofJob.map((rest) => `/v1/jobs/${id}${rest}`)]) {
    const { status, text, headers } = await http.head(path)
    assert.deepEqual([path, status, text ?? ''], [path, 200, ''])
    if (path.endsWith('/stream')) continue // whose GET ends with the job
    const got = await http.get(path)
    assert.deepEqual([headers['content-type'], headers['etag']], [got.headers['content-type'], got.headers['etag']])
  }
  assert.equal((await http.head('/v1/nothing')).status, 404)
  assert.equal((await http.head(`/v1/jobs/${id}/cancel`)).status, 405)
  assert.ok(app.hasRoute({ method: 'HEAD', url: '/livez' }))
})

const KNOWN_METHODS = METHODS.filter((method) => method !== 'CONNECT') // which asks for a tunnel, and has no answer here

for (const [what, type, body] of [
  ['no body', undefined, ''],
  ['a body that is no JSON', 'application/json', '{'],
  ['a body of a type that nobody takes', 'application/x-nothing', 'a'],
  ['a body that is too large', 'application/json', `"${'a'.repeat(2 ** 21)}"`],
] as const)
  test(`what no route takes is refused for that, by every method of HTTP, with ${what}`, async (t) => {
    const { app } = await testApp(t)
    const url = await app.listen({ host: '127.0.0.1', port: 0 })
    const headers = { ...(type !== undefined && { 'content-type': type }), 'content-length': body.length }
    const ask = (method: string, path: string) =>
      new Promise<[status: number | undefined, allow: string | undefined]>((resolve, reject) => {
        const request = send(new URL(path, url), { method, headers, agent: false }, (response) => {
          resolve([response.statusCode, response.headers.allow])
          request.destroy()
        })
        request.on('error', reject) // once it is answered, the rest of its body may find nobody
        request.end(body)
      })
    for (const method of KNOWN_METHODS) {
      if (method !== 'GET' && method !== 'HEAD')
        assert.deepEqual([method, ...(await ask(method, '/livez'))], [method, 405, 'GET, HEAD'])
      assert.deepEqual([method, ...(await ask(method, '/v1/nothing'))], [method, 404, undefined])
    }
  })

test('PATCH takes a merge patch under its own name, and the tag of an answer that a proxy compressed', async (t) => {
  const { http } = await testApp(t)
  const { id } = (await http.post('/v1/jobs').send(JOB).expect(201)).body as Job
  const patch = (tag: string, name: string) =>
    http
      .patch(`/v1/jobs/${id}`)
      .set({ 'content-type': 'application/merge-patch+json', 'if-match': tag })
      .send(JSON.stringify({ name }))
  assert.equal(((await patch('W/"0"', 'first').expect(200)).body as Job).name, 'first')
  assertProblem(await patch('W/"0"', 'second'), 'JOB_CHANGED')
  assertProblem(await patch('w/"1"', 'third'), 'INVALID_REQUEST')
})

test('an Idempotency-Key replays a body whose members come in another order', async (t) => {
  const { http } = await testApp(t)
  const post = (path: string, body: object) => http.post(path).set('idempotency-key', path).send(body).expect(201)
  const training = { max_steps: 7, seed: 3 }
  const first = (await post('/v1/jobs', { ...JOB, training, metadata: { a: '1', b: '2' } })).body as Job
  const turned = { metadata: { b: '2', a: '1' }, training: { seed: 3, max_steps: 7 }, data: JOB.data, model: JOB.model }
  assert.equal(((await post('/v1/jobs', turned)).body as Job).id, first.id)
  const sweep = (await post('/v1/sweeps', GRID)).body as Sweep
  const again = { space: GRID.space, template: { data: JOB.data, model: JOB.model } }
  assert.equal(((await post('/v1/sweeps', again)).body as Sweep).id, sweep.id)
  const other = { ...JOB, training: { ...training, seed: 4 } }
  assertProblem(await http.post('/v1/jobs').set('idempotency-key', '/v1/jobs').send(other), 'IDEMPOTENCY_KEY_REUSED')
})

test('an Idempotency-Key whose job was deleted says so, and makes no other', async (t) => {
  const service = await testApp(t)
  const post = () => service.http.post('/v1/jobs').set('idempotency-key', 'once').send(JOB)
  const { id } = (await post().expect(201)).body as Job
  await service.http.post(`/v1/jobs/${id}/cancel`).expect(202)
  await service.http.delete(`/v1/jobs/${id}`).expect(204)
  assert.match(assertProblem(await post(), 'IDEMPOTENCY_KEY_SPENT').detail, /"once" made: it has been deleted/)
  await assertNothingStored(service)
})

test('Preference-Applied is said of an answer that waited, and of no other', async (t) => {
  const { http } = await testApp(t)
  const { id } = (await http.post('/v1/jobs').send(JOB).expect(201)).body as Job
  const ask = (query: string) => http.get(`/v1/jobs/${id}/metrics${query}`).set('prefer', 'wait=1').expect(200)
  assert.equal((await ask('')).headers['preference-applied'], undefined)
  assert.equal((await ask('?after=0.0')).headers['preference-applied'], 'wait=1')
})

for (const name of ['digits.csv', 'chat.JSONL', 'a.tsv', 'b.ndjson'])
  test(`POST /v1/datasets?name=${name} is refused as text/plain, as records are no text`, async (t) => {
    const service = await testApp(t)
    const answer = await service.http
      .post('/v1/datasets')
      .query({ name })
      .set('content-type', 'text/plain')
      .send('1,2\n')
    const { errors } = assertProblem(answer, 'UNSUPPORTED_MEDIA_TYPE')
    assert.equal(errors?.[0]?.pointer, 'content-type')
    assert.match(errors?.[0]?.detail ?? '', /for a file of that name: as text\/plain its characters would be learned/)
    await assertNothingStored(service)
  })

test('POST /v1/datasets refuses UTF-16 without a mark, which has NUL at every other byte', async (t) => {
  const service = await testApp(t)
  const bytes = Buffer.from('to be, or not to be', 'utf16le')
  const answer = await service.http.post('/v1/datasets').set('content-type', 'text/plain').send(bytes)
  assert.match(assertProblem(answer, 'DATASET_NOT_UTF8').errors?.[0]?.detail ?? '', /character 1 is NUL, as in UTF-16/)
  await assertNothingStored(service)
})

test('a body that is null is refused, also where one may be left out', async (t) => {
  const { http, store } = await testApp(t)
  const { id } = (await http.post('/v1/jobs').send(JOB).expect(201)).body as Job
  await store.jobs.cancel(id)
  const sendNull = (method: 'post' | 'patch', path: string) =>
    http[method](path).set('content-type', 'application/json').send('null')
  for (const path of ['/v1/jobs', '/v1/sweeps', `/v1/jobs/${id}/retry`])
    assertProblem(await sendNull('post', path), 'INVALID_SPECIFICATION')
  assertProblem(await sendNull('patch', `/v1/jobs/${id}`), 'INVALID_SPECIFICATION')
  for (const path of ['/v1/workers/wrk_00000000000000000000/drain', '/v1/queue/pause', '/v1/queue/resume'])
    assertProblem(await sendNull('post', path), 'INVALID_REQUEST')
  await http.post(`/v1/jobs/${id}/retry`).expect(202)
})

test('names of metadata are as many characters long as is said, which are not those of UTF-16', async (t) => {
  const { http } = await testApp(t)
  const { id } = (await http.post('/v1/jobs').send(JOB).expect(201)).body as Job
  const name = '😀'.repeat(64)
  const metadata = { [name]: 'v' }
  await http
    .post('/v1/jobs')
    .send({ ...JOB, metadata })
    .expect(201)
  await http.patch(`/v1/jobs/${id}`).send({ metadata }).expect(200)
  const query = `metadata[${encodeURIComponent(name)}]=v`
  assert.equal(((await http.get(`/v1/jobs?${query}`).expect(200)).body as { data: Job[] }).data.length, 2)
  assertProblem(await http.post('/v1/jobs').send({ ...JOB, metadata: { [`${name}a`]: 'v' } }), 'INVALID_SPECIFICATION')
  assertProblem(await http.get(`/v1/jobs?metadata[${encodeURIComponent(name)}a]=v`), 'INVALID_REQUEST')
})

test('metadata is refused by its name wherever it is given', async (t) => {
  const { http } = await testApp(t)
  const { id } = (await http.post('/v1/jobs').send(JOB).expect(201)).body as Job
  for (const [name, inPath] of [
    ['', ''],
    ['k'.repeat(65), 'k'.repeat(65)],
    ['a\nb', 'a\nb'],
  ] as const) {
    const metadata = { [name]: 'v' }
    const told = [
      [await http.post('/v1/jobs').send({ ...JOB, metadata }), `/metadata/${inPath}`],
      [await http.patch(`/v1/jobs/${id}`).send({ metadata }), `/metadata/${inPath}`],
      [await http.post('/v1/sweeps').send({ ...GRID, metadata }), `/metadata/${inPath}`],
      [await http.post('/v1/sweeps').send({ ...GRID, template: { ...JOB, metadata } }), `/template/metadata/${inPath}`],
      [await http.post(`/v1/jobs/${id}/retry`).send({ changes: { metadata } }), `/changes/metadata/${inPath}`],
    ] as const
    for (const [answer, pointer] of told)
      assert.deepEqual(
        assertProblem(answer, 'INVALID_SPECIFICATION').errors?.map((fault) => fault.pointer),
        [pointer],
      )
    const filter = await http.get(`/v1/jobs?metadata[${encodeURIComponent(name)}]=v`)
    assert.equal(assertProblem(filter, 'INVALID_REQUEST').errors?.[0]?.pointer, `metadata[${inPath}]`)
  }
})
