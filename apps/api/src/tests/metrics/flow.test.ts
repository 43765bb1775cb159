import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { Flow, FlowBuckets, type Job, type MetricRow } from '@unroll/contract'
import { assertMatches, assertProblem, testApp, type TestApp } from '../../testing/app.ts'

const T = 40

interface Run extends TestApp {
  path: string
  append: (rows: MetricRow[]) => Promise<void>
}

/** A job that a worker has, with T = 40, and that reports what the test says. */
async function run(t: TestContext): Promise<Run> {
  const service = await testApp(t)
  const body = { model: { cell: 'lstm' }, data: { task: 'adding' }, sequence_length: T }
  const { id } = (await service.http.post('/v1/jobs').send(body)).body as Job
  const claim = await service.store.jobs.claim(id, 'wrk_00000000000000000000')
  assert.ok('epoch' in claim)
  let firstSeq = 1
  const append = async (rows: MetricRow[]) => {
    assert.equal(await service.store.metrics.append(id, claim.epoch, { firstSeq, rows }), 'stored')
    firstSeq += rows.length
  }
  return { ...service, path: `/v1/jobs/${id}/flow`, append }
}

/** Row `step`: -1 everywhere, but for a spike, a hole and what is not finite. */
function rowAt(step: number): MetricRow {
  const h = new Float32Array(T).fill(-1)
  if (step === 321) h.set([30, -44, NaN], 9)
  if (step === 500) h.set([Infinity, -Infinity, -Infinity], 0)
  const c = new Float32Array(T).fill(-step)
  return { step, series: {}, flow: [step % 100 === 0 ? { h, c, probe: h } : { h, c }] }
}

const rowsBetween = (first: number, last: number) =>
  Array.from({ length: last - first + 1 }, (_, at) => rowAt(first + at))

async function bucketsOf({ http, path }: Run, query: string): Promise<FlowBuckets> {
  const { status, body } = await http.get(`${path}?${query}`)
  assert.equal(status, 200, JSON.stringify(body))
  assertMatches(FlowBuckets, body)
  return body as FlowBuckets
}

test('GET …/flow?max_steps&max_timesteps gives a tile in which what one value says is seen', async (t) => {
  const service = await run(t)
  await service.append(rowsBetween(1, 600))
  const tile = await bucketsOf(service, 'max_steps=10&max_timesteps=5')
  assert.deepEqual([tile.bucket_steps, tile.bucket_timesteps], [64, 8])
  assert.deepEqual(tile.steps, [1, 65, 129, 193, 257, 321, 385, 449, 513, 577])
  assert.deepEqual([tile.timesteps, tile.last_step], [[1, 9, 17, 25, 33], 600])
  const { min, max, zero, infinity, nan } = tile.log10_norm
  assert.deepEqual(
    [min[5], max[5]],
    [
      [-1, -44, -1, -1, -1],
      [-1, 30, -1, -1, -1],
    ],
  )
  assert.deepEqual(
    [nan?.flat().reduce((sum, count) => sum + count), nan?.[5]?.[1], infinity?.[7]?.[0], zero?.[7]?.[0]],
    [1, 1, 1, 2],
  )
  assert.deepEqual([tile.cell_state?.min[0]?.[0], tile.cell_state?.max[0]?.[0]], [-64, -1])
  assert.ok(!('nan' in (tile.cell_state ?? {})), 'counts are left out where there is nothing to count')
  assert.deepEqual(
    tile.probe?.max.map(([first]) => first),
    [null, -1, null, -1, -1, null, -1, -1, null, -1],
  )
})

test('GET …/flow as a tile zooms in on both axes, down to the rows themselves', async (t) => {
  const service = await run(t)
  await service.append(rowsBetween(1, 600))
  const lines = await bucketsOf(service, 'max_steps=10&max_timesteps=5&from_timestep=9&to_timestep=12')
  assert.deepEqual([lines.bucket_timesteps, lines.timesteps], [1, [9, 10, 11, 12]])
  assert.deepEqual(lines.log10_norm.max[5], [-1, 30, -1, -1])
  assert.deepEqual(lines.log10_norm.min[5], [-1, -1, -44, -1])
  const steps = await bucketsOf(service, 'max_steps=10&max_timesteps=5&from_step=319&to_step=323')
  assert.deepEqual([steps.bucket_steps, steps.bucket_timesteps, steps.steps], [1, 8, [319, 320, 321, 322, 323]])
  const { body } = await service.http.get(
    `${service.path}?max_steps=10&max_timesteps=5&from_step=320&to_step=322&from_timestep=10&to_timestep=12`,
  )
  assertMatches(Flow, body)
  const { steps: rows, timesteps, log10_norm } = body as Flow
  assert.deepEqual(
    [rows, timesteps],
    [
      [320, 321, 322],
      [10, 11, 12],
    ],
  )
  assert.deepEqual(log10_norm[1], [30, -44, 'NaN'])
})

test('GET …/flow as a tile polled with its cursor gives newer rows alone, and 304 until there are any', async (t) => {
  const service = await run(t)
  await service.append(rowsBetween(1, 600))
  const { cursor } = await bucketsOf(service, 'max_steps=10')
  const query = `max_steps=10&max_timesteps=5&after=${cursor}`
  const none = await bucketsOf(service, query)
  assert.deepEqual([none.steps, none.cursor], [[], cursor])
  const { headers } = await service.http.get(`${service.path}?${query}`)
  const again = () => service.http.get(`${service.path}?${query}`).set('if-none-match', String(headers['etag']))
  assert.equal((await again()).status, 304)
  await service.append(rowsBetween(601, 603))
  const news = (await again()).body as FlowBuckets
  assert.deepEqual([news.bucket_steps, news.steps, news.log10_norm.max.length], [1, [601, 602, 603], 3])
})

test('GET …/flow answers within bounds, however many rows and time steps there are', async (t) => {
  const service = await run(t)
  await service.append(
    Array.from({ length: 1_000 }, (_, at) => ({ step: at + 1, series: {}, flow: [{ h: new Float32Array(T) }] })),
  )
  const { steps, timesteps } = await bucketsOf(service, 'max_steps=512&max_timesteps=256')
  assert.ok(steps.length <= 512 && steps.length > 256 && timesteps.length === T)
  const page = (await service.http.get(`${service.path}?limit=1000&from_timestep=40`)).body as Flow
  assert.deepEqual([page.steps.length, page.timesteps], [1_000, [T]])
})

const REFUSED: [query: string, pointer: string, detail: RegExp][] = [
  ['max_steps=1', 'max_steps', /≥ 2 and ≤ 512: current value is 1/],
  ['max_timesteps=1000', 'max_timesteps', /≤ 256: current value is 1000/],
  ['from_timestep=41', 'from_timestep', /Must be ≤ 40, the last time step wanted: current value is 41/],
  ['from_timestep=9&to_timestep=8', 'from_timestep', /Must be ≤ 8, .*current value is 9/],
  ['to_timestep=0', 'to_timestep', /≥ 1/],
]
for (const [query, pointer, detail] of REFUSED) {
  test(`GET …/flow?${query} is refused for ${pointer}`, async (t) => {
    const { http, path } = await run(t)
    const { errors = [] } = assertProblem(await http.get(`${path}?${query}`), 'INVALID_REQUEST')
    assert.deepEqual(
      errors.map((fault) => fault.pointer),
      [pointer],
    )
    assert.match(errors[0]?.detail ?? '', detail)
  })
}
