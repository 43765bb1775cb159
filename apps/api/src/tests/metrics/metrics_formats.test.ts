import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { MetricBuckets, Metrics, type Job, type MetricRow } from '@unroll/contract'
import { assertMatches, assertProblem, JOB, testApp, type TestApp } from '../../testing/app.ts'

interface Run extends TestApp {
  path: string
  append: (rows: MetricRow[]) => Promise<void>
}

async function run(t: TestContext): Promise<Run> {
  const service = await testApp(t)
  const { id } = (await service.http.post('/v1/jobs').send(JOB)).body as Job
  const claim = await service.store.jobs.claim(id, 'wrk_00000000000000000000')
  assert.ok('epoch' in claim)
  let firstSeq = 1
  const append = async (rows: MetricRow[]) => {
    assert.equal(await service.store.metrics.append(id, claim.epoch, { firstSeq, rows }), 'stored')
    firstSeq += rows.length
  }
  return { ...service, path: `/v1/jobs/${id}/metrics`, append }
}

const ROWS: MetricRow[] = [
  { step: 1, series: { loss: 0.5, 'grad_norm/layers.0.Wh': 2 } },
  { step: 2, series: { loss: NaN, 'grad_norm/layers.0.Wh': Infinity, evaluation_loss: -0 } },
  { step: 3, series: { loss: -Infinity, 'grad_norm/layers.0.Wh': 5e-324 } },
]

test('GET …/metrics as text/csv has every value exact, and nothing where none was measured', async (t) => {
  const { http, path, append } = await run(t)
  await append(ROWS)
  const { headers, text } = await http.get(path).set('accept', 'text/csv')
  assert.equal(headers['content-type'], 'text/csv')
  assert.equal(headers['unroll-cursor'], '1.3')
  assert.equal(
    text,
    'step,loss,grad_norm/layers.0.Wh,evaluation_loss\r\n1,0.5,2,\r\n2,NaN,Infinity,-0\r\n3,-Infinity,5e-324,\r\n',
  )
})

test('GET …/metrics as text/csv has the same columns on every page of a run', async (t) => {
  const { http, path, append } = await run(t)
  await append(ROWS)
  for (const [query, columns] of [
    ['limit=1', 'step,loss,grad_norm/layers.0.Wh,evaluation_loss'],
    ['limit=1&after=1.1', 'step,loss,grad_norm/layers.0.Wh,evaluation_loss'],
    ['limit=1&series=grad_norm*,evaluation_loss', 'step,grad_norm/layers.0.Wh,evaluation_loss'],
    ['after=1.3', 'step,loss,grad_norm/layers.0.Wh,evaluation_loss'],
  ]) {
    const { text } = await http.get(`${path}?${query}`).set('accept', 'text/csv')
    assert.equal(text.split('\r\n')[0], columns, query)
  }
})

test('GET …/metrics?max_points as text/csv has a column for each statistic of a series', async (t) => {
  const { http, path, append } = await run(t)
  await append(
    Array.from({ length: 4 }, (_, at): MetricRow => ({ step: at + 1, series: { loss: at === 1 ? NaN : at } })),
  )
  const { text } = await http.get(`${path}?max_points=2`).set('accept', 'text/csv')
  const names = ['n', 'min', 'max', 'max_step', 'mean', 'last', 'nonfinite', 'nan', 'negative_infinity']
  const [head, ...lines] = text.trim().split('\r\n')
  assert.deepEqual(
    head?.split(',').toSorted(),
    ['bucket_steps', 'step', ...names.map((name) => `loss.${name}`)].toSorted(),
  )
  const column = (name: string) => lines.map((line) => line.split(',')[head?.split(',').indexOf(name) ?? -1])
  assert.deepEqual(column('step'), ['1', '3'])
  assert.deepEqual(column('bucket_steps'), ['2', '2'])
  assert.deepEqual(column('loss.last'), ['NaN', '3'])
  assert.deepEqual(column('loss.max'), ['0', '3'])
})

test('GET …/metrics as an Arrow stream is tagged apart from JSON', async (t) => {
  const { http, path, append } = await run(t)
  await append(ROWS)
  const type = 'application/vnd.apache.arrow.stream'
  const arrow = await http.get(path).set('accept', type).responseType('blob')
  assert.equal(arrow.headers['content-type'], type)
  const bytes = arrow.body as Buffer
  assert.equal(bytes.readInt32LE(0), -1, 'an IPC stream begins with a continuation mark')
  const infinity = Buffer.alloc(8)
  infinity.writeDoubleLE(Infinity)
  assert.ok(bytes.includes(infinity))
  const json = await http.get(path)
  assert.notEqual(arrow.headers['etag'], json.headers['etag'])
})

test('GET …/metrics?series=grad_norm* gives every series whose name begins so', async (t) => {
  const { http, path, append } = await run(t)
  await append(ROWS)
  const { body } = await http.get(`${path}?series=grad_norm/*,loss`)
  assert.deepEqual(Object.keys((body as Metrics).series), ['grad_norm/layers.0.Wh', 'loss'])
  assertProblem(await http.get(`${path}?series=nonsense`), 'INVALID_REQUEST')
})

test('GET …/metrics?max_points gives buckets in which a spike of one step is seen, and rows where they suffice', async (t) => {
  const { http, path, append } = await run(t)
  const rows = Array.from({ length: 1_000 }, (_, at): MetricRow => {
    const step = at + 1
    const values: Record<number, number> = { 321: 1e6, 500: NaN, 501: Infinity }
    return { step, series: { loss: values[step] ?? 1 } }
  })
  await append(rows)
  const { body } = await http.get(`${path}?max_points=10`)
  assertMatches(MetricBuckets, body)
  const { steps, bucket_steps, last_step, series } = body as MetricBuckets
  assert.deepEqual([bucket_steps, steps, last_step], [128, [1, 129, 257, 385, 513, 641, 769, 897], 1_000])
  const { n, max, max_step, nonfinite, nan, negative_infinity } = series['loss'] ?? assert.fail()
  assert.deepEqual([max[2], max_step[2]], [1e6, 321])
  assert.deepEqual([n[3], nonfinite[3], nan[3], negative_infinity[3]], [126, 2, 1, 0])
  const zoom = (await http.get(`${path}?max_points=10&from_step=318&to_step=325`)).body as Metrics
  assertMatches(Metrics, zoom)
  const later = (await http.get(`${path}?max_points=10&after=1.513`)).body as MetricBuckets
  assertMatches(MetricBuckets, later)
  assert.deepEqual([later.steps[0], later.bucket_steps, later.last_step], [513, 64, 1_000])
  assert.deepEqual((await http.get(`${path}?max_points=10&after=1.1000`)).body.steps, [])
  assert.deepEqual(zoom.series['loss'], [1, 1, 1, 1e6, 1, 1, 1, 1])
})

test('GET …/metrics with Prefer: wait answers when a row comes, and at the latest when the time is over', async (t) => {
  const { app, http, path, append } = await run(t)
  await append(ROWS)
  const { heads } = app
  const follow = heads.follow.bind(heads)
  const followed = new Promise<void>((resolve) => {
    heads.follow = (...given) => {
      resolve()
      return follow(...given)
    }
  })
  const waiting = http
    .get(`${path}?after=1.3`)
    .set('prefer', 'wait=30')
    .then((answer) => answer)
  await followed // a row that was there before would be news at once
  await append([{ step: 4, series: { loss: 7 } }])
  const { body, headers } = await waiting
  assert.deepEqual((body as Metrics).steps, [4])
  assert.equal(headers['preference-applied'], 'wait=30')
  const none = await http.get(`${path}?after=1.4`).set('prefer', 'wait=1')
  assert.deepEqual((none.body as Metrics).steps, [])
  const same = await http.get(path).set('if-none-match', String(none.headers['etag'])).set('prefer', 'wait=1')
  assert.equal(same.status, 304)
})

test('GET …/metrics asked by many at once is made once for each state of the run', async (t) => {
  const { http, store, path, append } = await run(t)
  await append(ROWS)
  let reads = 0
  const { read } = store.metrics
  store.metrics.read = (...options) => {
    reads += 1
    return read(...options)
  }
  const ask = () => Promise.all(Array.from({ length: 50 }, () => http.get(path)))
  for (const { status, body } of [...(await ask()), ...(await ask())]) {
    assert.equal(status, 200)
    assert.deepEqual((body as Metrics).steps, [1, 2, 3])
  }
  assert.equal(reads, 1)
  await append([{ step: 4, series: { loss: 7 } }])
  assert.deepEqual(((await http.get(path)).body as Metrics).steps, [1, 2, 3, 4])
  assert.equal(reads, 2)
})
