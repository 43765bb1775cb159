// A worker repeats a write whose answer it did not get, as the write may have been done or not.

import type { EventCode, RecordedFinding } from '@unroll/contract'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Store } from '../store.ts'
import { countRows } from '../metrics/block.ts'
import { KEEP_ALL, eventually, runningJob, sampleCheckpoint, testStore } from '../testing/fixtures.ts'
import { linkTo } from '../testing/link.ts'
import { serverUrl } from '../testing/server.ts'

type Write = (store: Store, id: string, epoch: number) => Promise<unknown>

const MARK = 'the one that is lost' // what a request is known by on its way
const FINDING: RecordedFinding = {
  code: 'exploding',
  first_step: 7,
  until_step: null,
  evidence: { layer: 0, timestep: 3, from_step: 1, to_step: 7, figures: {} },
  advice: MARK,
  changes: null,
}
const ROW = { step: 1, series: { [MARK]: 1 } }
const ERROR = { code: 'engine_error', message: MARK, pointer: null } as const
const CHECKPOINT = sampleCheckpoint({ job: '', epoch: 1, step: 1, metrics: { [MARK]: 1 } })

/** Each kind of write, and the event that tells of it; null for one that has none. */
const WRITES: Record<string, [event: EventCode | null, write: Write]> = {
  'events.append()': [
    'evaluated',
    (store, id, epoch) => store.events.append(id, epoch, { number: 1, code: 'evaluated', data: { why: MARK } }),
  ],
  'findings.record()': ['diagnosis_warning', (store, id, epoch) => store.findings.record(id, epoch, FINDING)],
  'checkpoints.register()': [
    'checkpoint_written',
    (store, job) => store.checkpoints.register({ ...CHECKPOINT, job }, KEEP_ALL),
  ],
  'metrics.append()': [null, (store, id, epoch) => store.metrics.append(id, epoch, { firstSeq: 1, rows: [ROW] })],
  'jobs.move()': ['job_failed', (store, id, epoch) => store.jobs.move(id, epoch, 'failed', { error: ERROR })],
}

for (const [name, [code, write]] of Object.entries(WRITES)) {
  test(`${name} whose answer was lost can be repeated: what it writes is there once`, async (t) => {
    const { store, prefix } = await testStore(t)
    const link = await linkTo(t, await serverUrl())
    const { store: worker } = await testStore(t, { url: link.url, prefix })
    const { id, epoch } = await runningJob(store)
    const written = async () => ({
      events: (await store.events.list(id)).data.filter((event) => event.code === code).length,
      rows: countRows((await store.metrics.read(id)).blocks),
    })
    const once = code === null ? { events: 0, rows: 1 } : { events: 1, rows: 0 }
    link.loseAnswerTo(MARK)
    await assert.rejects(write(worker, id, epoch), { code: 'STORE_UNAVAILABLE' })
    assert.equal(link.lost, 1)
    assert.deepEqual(await written(), once, 'the server had done it')
    await eventually(() => write(worker, id, epoch).catch(() => undefined))
    assert.deepEqual(await written(), once)
  })
}
