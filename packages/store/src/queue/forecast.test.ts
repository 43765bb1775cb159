import assert from 'node:assert/strict'
import { test } from 'node:test'
import { forecastLine, type FindPace } from './forecast.ts'
import type { FleetView } from './fleet_view.ts'
import { createJob, eventually, runningJob, sampleSpec, testStore } from '../testing/fixtures.ts'
import { holder, sampleWorker, slotOf, waiter } from '../testing/fleet.ts'
import { computeShape } from './shape.ts'

const FAST_PLATFORM = 'tensorflow cuda'
/** Milliseconds of a step by shape and platform. */
const PACES: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  small: { 'tfjs wasm': 1_000, [FAST_PLATFORM]: 100 },
  large: { 'tfjs wasm': 60_000 },
}
const findPace: FindPace = (shape, platform) => PACES[shape ?? '']?.[platform]

/** A slot whose job ends in so many seconds. */
const endsIn = (seconds: number, more: Parameters<typeof slotOf>[1] = {}) =>
  slotOf(holder(`ends in ${seconds}`, { stepsLeft: seconds, stepMs: 1_000 }), more)
const unmeasured = (id: string) => slotOf(holder(id, { shape: 'odd' }))

type Expected = number | RegExp
const CASES: [what: string, fleet: Omit<FleetView, 'now'>, expected: Expected[]][] = [
  ['now, where a slot is free', { line: [waiter('a')], slots: [endsIn(5), slotOf(undefined)] }, [0]],
  ['when the first slot is free', { line: [waiter('a')], slots: [endsIn(30), endsIn(20)] }, [20]],
  [
    'one after the other, each for its steps at the pace of its shape',
    { line: [waiter('a'), waiter('b', { stepsLeft: 4 }), waiter('c')], slots: [endsIn(20)] },
    [20, 30, 34],
  ],
  [
    'side by side, where there are slots',
    { line: [waiter('a'), waiter('b'), waiter('c')], slots: [endsIn(3), endsIn(5)] },
    [3, 5, 13],
  ],
  [
    'at the pace of the platform of the slot',
    {
      line: [waiter('a', { wanted: 'gpu' }), waiter('b', { wanted: 'gpu' })],
      slots: [endsIn(2, { accelerator: 'gpu', platform: FAST_PLATFORM })],
    },
    [2, 3],
  ],
  [
    'in a slot that it fits',
    {
      line: [waiter('cpu', { wanted: 'cpu' }), waiter('large', { memoryBytes: 8 }), waiter('gpu', { wanted: 'gpu' })],
      slots: [
        endsIn(1, { memoryBytes: 4 }),
        endsIn(9, { accelerator: 'gpu', memoryBytes: 8, platform: FAST_PLATFORM }),
      ],
    },
    [1, 9, 10],
  ],
  [
    'never, where no slot online fits',
    { line: [waiter('a', { wanted: 'gpu' })], slots: [endsIn(1)] },
    [/No slot online/],
  ],
  [
    'never, where no worker online has its labels',
    { line: [waiter('a', { labels: { pool: 'a' } })], slots: [slotOf(undefined, { labels: { pool: 'b' } })] },
    [/No slot online/],
  ],
  ['never, where no worker is online', { line: [waiter('a')], slots: [] }, [/No slot online/]],
  [
    'not known while the job that has the slot is not measured',
    { line: [waiter('a')], slots: [unmeasured('new')] },
    [/pace of job "new", which comes before, is not measured yet/],
  ],
  ['by the slots that are measured', { line: [waiter('a')], slots: [unmeasured('new'), endsIn(7)] }, [7]],
  [
    'not known behind a job whose shape was never measured',
    { line: [waiter('odd', { shape: 'odd' }), waiter('b')], slots: [endsIn(7)] },
    [7, /pace of job "odd"/],
  ],
  [
    'not known behind a job of before shapes, or of before steps',
    {
      line: [waiter('old', { shape: undefined }), waiter('older', { stepsLeft: undefined }), waiter('c')],
      slots: [endsIn(7), endsIn(8)],
    },
    [7, 8, /pace of job "old"/],
  ],
  [
    'by the pace of its shape while the job that has the slot makes its first steps',
    { line: [waiter('a')], slots: [slotOf(holder('new', { status: 'starting', stepsLeft: 6 }))] },
    [6],
  ],
  ...(['pausing', 'cancelling', 'interrupted', 'succeeded'] as const).map(
    (status): [string, Omit<FleetView, 'now'>, Expected[]] => [
      `now, where the job that has the slot is ${status}`,
      { line: [waiter('a')], slots: [slotOf(holder('leaving', { status }))] },
      [0],
    ],
  ),
  [
    'now, where a slot is being handed over to it',
    { line: [waiter('a'), waiter('b')], slots: [slotOf(holder('low', { yieldsTo: 'a', stepMs: 1_000 }))] },
    [0, 10],
  ],
]
for (const [what, fleet, expected] of CASES) {
  test(`forecastLine() says that a job may start ${what}`, () => {
    const forecasts = [...forecastLine(fleet, findPace).values()]
    assert.equal(forecasts.length, expected.length)
    for (const [at, { seconds, unknown }] of forecasts.entries()) {
      const wanted = expected[at]
      if (wanted instanceof RegExp) assert.match(`${seconds} ${unknown}`, wanted)
      else assert.deepEqual([seconds, unknown], [wanted, null])
    }
  })
}

test('forecastLine() names the job that is being saved for one that waits, and for no other', () => {
  const slots = [slotOf(holder('low', { yieldsTo: 'a' })), slotOf(holder('other', { yieldsTo: 'c' }))]
  const forecasts = forecastLine({ line: [waiter('a'), waiter('b')], slots }, findPace)
  assert.deepEqual([forecasts.get('a')?.slotOf, forecasts.get('b')?.slotOf], ['low', undefined])
})

const BASE = { model: { cell: 'gru', hidden_size: 4 } }
for (const [what, change, isSame] of [
  ['seed', { training: { seed: 7 } }, true],
  ['number of steps', { training: { max_steps: 7 } }, true],
  ['learning rate', { optimizer: { type: 'adam', learning_rate: 0.5 } }, true],
  ['threshold', { clipping: { policy: 'norm', threshold: 7 } }, true],
  ['initialisation', { model: { ...BASE.model, init: { std: 0.5 } } }, true],
  ['name and priority', { name: 'mine', priority: 3 }, true],
  ['accelerator and labels', { resources: { accelerator: 'cpu', labels: { pool: 'a' } } }, true],
  ['order of its fields', { model: { hidden_size: 4, cell: 'gru' } }, true],
  ['cell', { model: { cell: 'rnn', hidden_size: 4 } }, false],
  ['hidden size', { model: { cell: 'gru', hidden_size: 8 } }, false],
  ['sequence length', { sequence_length: 7 }, false],
  ['batch size', { training: { batch_size: 7 } }, false],
  ['truncation', { bptt: { mode: 'truncated', k1: 10 } }, false],
  ['observation', { observe: { flow_every: 1 } }, false],
  ['clipping policy', { clipping: { policy: 'value', threshold: 1 } }, false],
  ['optimizer', { optimizer: { type: 'sgd' } }, false],
  ['shards', { resources: { shards: 4 } }, false],
] as const) {
  test(`computeShape() is ${isSame ? 'the same' : 'another'} with another ${what}`, () => {
    const shapes = [BASE, { ...BASE, ...change }].map((body) => computeShape(sampleSpec(body).spec))
    assert.equal(shapes[0] === shapes[1], isSame)
  })
}

test('jobs.get() and jobs.outlook() say of a job in a paused queue that nothing is known', async (t) => {
  const { store } = await testStore(t)
  await store.workers.heartbeat(sampleWorker([null]))
  const { spec, cost } = sampleSpec()
  assert.equal((await store.jobs.outlook(spec, cost)).eta_seconds, 0)
  await store.queue.pause(['any'])
  const { id } = await createJob(store)
  for (const { eta_seconds, eta_unknown } of [(await store.jobs.get(id)).queue, await store.jobs.outlook(spec, cost)])
    assert.deepEqual([eta_seconds, eta_unknown], [null, 'The queue "any" is paused'])
})

test('jobs.get() and jobs.list() say when jobs in line may start, once there is a pace', async (t) => {
  const { store } = await testStore(t, { timing: {} })
  const training = { max_steps: 110 }
  const { id, epoch } = await runningJob(store, { training })
  const [next, last] = [await createJob(store, { training }), await createJob(store, { training })]
  await store.workers.heartbeat(sampleWorker([id]))
  await eventually(async () => {
    const { eta_seconds: seconds, eta_unknown: unknown } = (await store.jobs.get(next.id)).queue
    assert.equal(seconds, null)
    return unknown === `The pace of job "${id}", which comes before, is not measured yet`
  })
  await store.jobs.heartbeat(id, epoch, { step: 10, stepMs: 200, engine: { engine: 'tfjs', device: 'wasm' } })
  await eventually(async () => (await store.jobs.get(next.id)).queue.eta_seconds === 20)
  const { data } = await store.jobs.list({ status: 'queued' })
  assert.deepEqual(
    data.map((job) => [job.id, job.queue.eta_seconds, job.queue.eta_unknown]),
    [
      [last.id, 20 + 22, null],
      [next.id, 20, null],
    ],
  )
  await store.jobs.move(id, epoch, 'succeeded')
  await store.workers.heartbeat(sampleWorker([null], { id: (await store.workers.list())[0]?.id ?? '' }))
  await eventually(async () => (await store.jobs.get(last.id)).queue.eta_seconds === 22)
})
