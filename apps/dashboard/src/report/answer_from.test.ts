import assert from 'node:assert/strict'
import { test } from 'node:test'
import { UnrollClient, UnrollProblem } from '@unroll/client'
import { answerFrom } from './answer_from.ts'
import { readRecord, type RunRecord } from './record.ts'

const TILE = {
  object: 'flow',
  cursor: '9',
  done: false,
  layer: 0,
  layers: 2,
  bucket_steps: 4,
  bucket_timesteps: 2,
  steps: [1, 5, 9],
  last_step: 12,
  timesteps: [1, 3],
  log10_norm: {
    min: [
      [1, 2],
      [3, 4],
      [5, 6],
    ],
    max: [
      [1, 2],
      [3, 4],
      [5, 'NaN'],
    ],
    nan: [
      [0, 0],
      [0, 0],
      [0, 7],
    ],
  },
}
const RECORD = {
  job: { id: 'job_1' },
  metrics: {
    object: 'metrics',
    cursor: '9',
    done: false,
    steps: [1, 2, 3, 4],
    series: { loss: [4, 3, 'NaN', 1], 'grad_norm/a': [1, 1, 1, 1], grad_norm: [2, 2, 2, 2] },
  },
  flow: [TILE, { ...TILE, layer: 1 }],
  events: [{ seq: 1 }, { seq: 2 }],
  evaluations: [],
  checkpoints: [],
  dataset: null,
} as unknown as RunRecord

const { jobs, datasets } = new UnrollClient({ fetch: answerFrom(RECORD) })

test('answerFrom() answers the series and steps that are asked for, and that no more will come', async () => {
  const { steps, series, done } = await jobs.metricsOverview('job_1', {
    max_points: 10,
    series: ['loss', 'grad_norm/*'],
    from_step: 3,
    to_step: 3,
  })
  assert.deepEqual({ steps, series, done }, { steps: [3], series: { loss: [NaN], 'grad_norm/a': [1] }, done: true })
})

test('answerFrom() answers the buckets of a layer that a range falls into', async () => {
  const { steps, timesteps, log10_norm, layer } = await jobs.flowTile('job_1', {
    layer: 1,
    from_step: 6,
    from_timestep: 4,
  })
  assert.deepEqual({ steps, timesteps, layer }, { steps: [5, 9], timesteps: [3], layer: 1 })
  assert.deepEqual(log10_norm, { min: [[4], [6]], max: [[4], [NaN]], nan: [[0], [7]] })
})

test('answerFrom() gives each entry of the log once to who asks on', async () => {
  const first = await jobs.events('job_1')
  assert.equal(first.data.length, 2)
  assert.deepEqual((await jobs.events('job_1', { after: '2' })).data, [])
})

const REFUSED: [what: string, ask: () => Promise<unknown>][] = [
  ['a data set that is gone', () => datasets.get('ds_1')],
  ['a layer that the run does not have', () => jobs.flowTile('job_1', { layer: 5 })],
  ['what only a service can do', () => jobs.retry('job_1')],
]
for (const [what, ask] of REFUSED)
  test(`answerFrom() refuses ${what}`, async () => {
    await assert.rejects(ask(), (error) => error instanceof UnrollProblem && error.status === 404)
  })

test('readRecord() reads what is compressed, and refuses what is not', async () => {
  const packed = new Response(
    new Blob([JSON.stringify({ job: { id: 'job_1' } })]).stream().pipeThrough(new CompressionStream('gzip')),
  )
  const text = Buffer.from(await packed.arrayBuffer()).toString('base64')
  assert.deepEqual(await readRecord(`\n${text}\n`), { job: { id: 'job_1' } })
  await assert.rejects(readRecord(btoa('{}')))
})
