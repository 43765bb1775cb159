import { NO_TRACING, type SpanOptions, type Tracing } from '@unroll/telemetry'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { JOB, testApp } from '../../testing/app.ts'
import { startRedis } from '../../testing/redis.ts'
import { sampleWorker } from '../../testing/worker.ts'

test('GET /metrics counts jobs by state, workers and their slots, and requests by route', async (t) => {
  const { http, store } = await testApp(t)
  await store.workers.heartbeat(sampleWorker({ slots: [{ job: null }, { job: null }, { job: 'job_1' }] }))
  const { body } = await http.post('/v1/jobs').send(JOB).expect(201)
  const pool = { accelerator: 'gpu', labels: { site: 'oslo', pool: 'a100' } }
  await http
    .post('/v1/jobs')
    .send({ ...JOB, resources: pool })
    .expect(201)
  await http.post('/v1/queue/pause').send({ accelerator: 'gpu' }).expect(200)
  await http.get(`/v1/jobs/${(body as { id: string }).id}`).expect(200)
  await http.get('/nowhere').expect(404)
  const { text, type } = await http.get('/metrics').expect(200)
  assert.equal(type, 'text/plain')
  for (const line of [
    'unroll_store_up 1',
    'unroll_jobs{status="queued"} 2',
    'unroll_jobs{status="failed"} 0',
    'unroll_queue_depth{accelerator="any",labels=""} 1',
    'unroll_queue_depth{accelerator="gpu",labels=""} 0',
    'unroll_queue_depth{accelerator="gpu",labels="pool=a100,site=oslo"} 1',
    'unroll_queue_paused{accelerator="any"} 0',
    'unroll_queue_paused{accelerator="gpu"} 1',
    'unroll_workers{status="online",accelerator="cpu"} 1',
    'unroll_worker_slots{state="free",accelerator="cpu"} 2',
    'unroll_worker_slots{state="busy",accelerator="cpu"} 1',
    'unroll_http_request_duration_seconds_count{method="POST",route="/v1/jobs",status="201"} 2',
    'unroll_http_request_duration_seconds_count{method="GET",route="/v1/jobs/:id",status="200"} 1',
    'unroll_http_request_duration_seconds_count{method="GET",route="none",status="404"} 1',
  ])
    assert.ok(text.split('\n').includes(line), `${line} in\n${text}`)
})

test('GET /metrics without Redis says so, and tells of no job that was there before', async (t) => {
  const redis = await startRedis()
  const { http } = await testApp(t, { url: redis.url })
  await http.post('/v1/jobs').send(JOB).expect(201)
  assert.match((await http.get('/metrics').expect(200)).text, /^unroll_jobs\{status="queued"\} 1$/m)
  await redis.stop()
  const { text } = await http.get('/metrics').expect(200)
  assert.match(text, /^unroll_store_up 0$/m)
  assert.doesNotMatch(text, /^unroll_jobs\{/m)
})

const TRACE = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
const SPAN = '00-0af7651916cd43dd8448eb211c80319c-00f067aa0ba902b7-01'

test('POST /v1/jobs is a span of the trace its client names, and the attempt at the job is to be part of it', async (t) => {
  const started: (SpanOptions & { name: string })[] = []
  const ends: (string | undefined)[] = []
  const said: object[] = []
  const tracing: Tracing = {
    start: (name, options) => {
      started.push({ name, ...options })
      return {
        traceparent: SPAN,
        event: () => {},
        set: (about) => void said.push(about),
        end: (fault) => void ends.push(fault),
      }
    },
    close: () => NO_TRACING.close(),
  }
  const { http, store } = await testApp(t, { tracing })
  const { body } = await http.post('/v1/jobs').set('traceparent', TRACE).send(JOB).expect(201)
  await http.get('/v1/jobs').expect(200)
  assert.deepEqual(
    started.map(({ name, kind, parent }) => [name, kind, parent]),
    [['POST /v1/jobs', 'server', TRACE]],
  )
  assert.deepEqual([said, ends], [[{ 'http.response.status_code': 201 }], [undefined]])
  await http.post('/v1/jobs').send({}).expect(422)
  assert.deepEqual(said.at(-1), { 'http.response.status_code': 422 })
  const claim = await store.jobs.claim((body as { id: string }).id, 'wrk_1')
  assert.equal('traceparent' in claim && claim.traceparent, SPAN)
})

test('without a collector the trace of a client reaches the attempt, and nonsense does not', async (t) => {
  const { http, store } = await testApp(t)
  for (const [sent, reaches] of [
    [TRACE, TRACE],
    ['nonsense', undefined],
  ]) {
    const { body } = await http
      .post('/v1/jobs')
      .set('traceparent', sent ?? '')
      .send(JOB)
      .expect(201)
    const claim = await store.jobs.claim((body as { id: string }).id, 'wrk_1')
    assert.ok('epoch' in claim)
    assert.equal(claim.traceparent, reaches)
  }
})
