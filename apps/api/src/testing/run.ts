import assert from 'node:assert/strict'
import type { Job, MetricRow } from '@unroll/contract'
import type { TestApp } from './app.ts'

export interface Run {
  id: string
  /** Of the attempt that has the job. */
  epoch: number
  append: (rows: MetricRow[]) => Promise<void>
  /** Has the attempt give the job back, and another one take it from the start. */
  restart: () => Promise<void>
  end: () => Promise<void>
}

/** A job that a worker has, and that reports what the test says. */
export async function run({ http, store }: TestApp, spec: object = {}): Promise<Run> {
  const body = { model: { cell: 'lstm', layers: 2 }, data: { task: 'adding' }, sequence_length: 4, ...spec }
  const { id } = (await http.post('/v1/jobs').send(body)).body as Job
  let firstSeq = 1
  const claim = async () => {
    const claimed = await store.jobs.claim(id, 'wrk_00000000000000000000')
    assert.ok('epoch' in claimed)
    await store.jobs.move(id, claimed.epoch, 'running')
    firstSeq = 1
    return claimed.epoch
  }
  const running: Run = {
    id,
    epoch: await claim(),
    async append(rows) {
      assert.equal(await store.metrics.append(id, running.epoch, { firstSeq, rows }), 'stored')
      firstSeq += rows.length
    },
    async restart() {
      await store.jobs.move(id, running.epoch, 'interrupted', { reason: 'worker_draining' })
      await store.queue.reconcile()
      running.epoch = await claim()
    },
    async end() {
      assert.equal(await store.jobs.move(id, running.epoch, 'succeeded'), 'moved')
    },
  }
  return running
}
