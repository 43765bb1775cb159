import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isDeepStrictEqual } from 'node:util'
import { Job, Worker, type Page } from '@unroll/contract'
import { JOB, assertMatches, testApp } from '../../testing/app.ts'
import { eventually } from '../../testing/streamed.ts'
import { sampleWorker } from '../../testing/worker.ts'

const WORKER = sampleWorker({ engine: 'tensorflow', device: 'cpu', slots: [], preemption_after_seconds: 60 })

test('GET /v1/jobs and /v1/jobs/{id} say when a job may start and how long one trains on, and why where it is not known', async (t) => {
  const { http, store } = await testApp(t)
  const post = async () => (await http.post('/v1/jobs').send({ ...JOB, training: { max_steps: 100 } })).body as Job
  const [running, waiting] = [await post(), await post()]
  const claim = await store.jobs.claim(running.id, WORKER.id)
  assert.ok('epoch' in claim)
  await store.jobs.move(running.id, claim.epoch, 'running')
  const queueOf = async (id: string) => {
    const { body } = await http.get(`/v1/jobs/${id}`)
    assertMatches(Job, body)
    return (body as Job).queue
  }
  const until = (wanted: Job['queue']) =>
    // a forecast is given out for a second
    eventually(JSON.stringify(wanted), async () => isDeepStrictEqual(await queueOf(waiting.id), wanted))
  const missing = { eta_seconds: null, eta_unknown: 'No slot online has what it asks for' }
  await until({ position: 0, waiting_for: 'a worker: none is online', ...missing })

  await store.workers.heartbeat({ ...WORKER, slots: [{ job: running.id, memory_bytes: 2 ** 30 }] })
  const { body: listed } = await http.get('/v1/workers')
  for (const worker of (listed as Page<Worker>).data) assertMatches(Worker, worker)
  await store.jobs.heartbeat(running.id, claim.epoch, {
    step: 40,
    stepMs: 500,
    engine: { engine: 'tensorflow', device: 'cpu' },
  })
  await until({ position: 0, waiting_for: 'a free slot of a worker', eta_seconds: 30, eta_unknown: null })
  const { body: page } = await http.get('/v1/jobs')
  assert.deepEqual(
    (page as Page<Job>).data.map(({ queue, progress }) => [queue.eta_seconds, progress.eta_seconds]),
    [
      [30, null],
      [null, 30],
    ],
  )
})
