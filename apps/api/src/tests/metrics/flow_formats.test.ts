import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import type { Job, LayerFlow } from '@unroll/contract'
import { assertProblem, testApp, type TestApp } from '../../testing/app.ts'
import { claimed } from '../../testing/runs.ts'

const CSV = 'text/csv'
const ARROW = 'application/vnd.apache.arrow.stream'
const NO_CELL = { model: { cell: 'gru' }, data: { task: 'adding' }, sequence_length: 3 }

interface Run extends TestApp {
  path: string
  append: (step: number, flow: LayerFlow[]) => Promise<void>
}

/** A job that a worker trains, and that reports what the test says. */
async function run(t: TestContext, body: object = NO_CELL): Promise<Run> {
  const service = await testApp(t)
  const { id } = (await service.http.post('/v1/jobs').send(body)).body as Job
  const epoch = await claimed(service, id)
  let firstSeq = 1
  const append = async (step: number, flow: LayerFlow[]) => {
    const rows = [{ step, series: {}, flow }]
    assert.equal(await service.store.metrics.append(id, epoch, { firstSeq, rows }), 'stored')
    await service.store.jobs.heartbeat(id, epoch, { step })
    firstSeq += rows.length
  }
  return { ...service, path: `/v1/jobs/${id}`, append }
}

const EXTREMES = Float32Array.of(-Infinity, NaN, Infinity)

test('GET …/flow as text/csv has a line for each step and time step, every value exact', async (t) => {
  const { http, path, append } = await run(t)
  await append(10, [{ h: EXTREMES }])
  await append(20, [{ h: Float32Array.of(0.5, -44.25) }])
  const { headers, text } = await http.get(`${path}/flow`).set('accept', CSV)
  assert.equal(headers['content-type'], CSV)
  assert.equal(headers['unroll-cursor'], '1.2')
  assert.deepEqual(text.split('\r\n'), [
    'step,timestep,log10_norm',
    '10,1,-Infinity',
    '10,2,NaN',
    '10,3,Infinity',
    '20,1,',
    '20,2,0.5',
    '20,3,-44.25',
    '',
  ])
  const news = await http.get(`${path}/flow?after=1.1&from_timestep=3`).set('accept', CSV)
  assert.equal(news.text, 'step,timestep,log10_norm\r\n20,3,-44.25\r\n')
})

test('GET …/flow as text/csv has columns for the memory cell and the probe where they are observed', async (t) => {
  const { http, path, append } = await run(t, { ...NO_CELL, model: { cell: 'lstm', layers: 2 } })
  const h = Float32Array.of(1, 2, 3)
  await append(10, [{ h }, { h, c: Float32Array.of(4, 5, 6), probe: Float32Array.of(7, 8, 9) }])
  await append(20, [{ h }, { h, c: Float32Array.of(4, 5, 6) }])
  const { text } = await http.get(`${path}/flow?layer=1&to_timestep=1`).set('accept', CSV)
  assert.equal(text, 'step,timestep,log10_norm,cell_state,probe\r\n10,1,1,4,7\r\n20,1,1,4,\r\n')
})

test('GET …/flow as a tile in text/csv has its extremes and its counts', async (t) => {
  const { http, path, append } = await run(t)
  for (const step of [1, 2, 3, 4]) await append(step, [{ h: step === 2 ? EXTREMES : Float32Array.of(step, 0, -step) }])
  const { text } = await http.get(`${path}/flow?max_steps=2&max_timesteps=4`).set('accept', CSV)
  const names = ['min', 'max', 'zero', 'infinity', 'nan'].map((name) => `log10_norm.${name}`)
  assert.deepEqual(text.split('\r\n'), [
    ['step,timestep,bucket_steps,bucket_timesteps', ...names].join(','),
    '1,1,2,1,1,1,1,0,0',
    '1,2,2,1,0,0,0,0,1',
    '1,3,2,1,-1,-1,0,1,0',
    '3,1,2,1,3,4,0,0,0',
    '3,2,2,1,0,0,0,0,0',
    '3,3,2,1,-4,-3,0,0,0',
    '',
  ])
})

test('GET …/probe as text/csv has a line for each layer and k, with β and horizon', async (t) => {
  const { http, path, append } = await run(t, { ...NO_CELL, model: { cell: 'gru', layers: 3 } })
  assert.equal(
    (await http.get(`${path}/probe`).set('accept', CSV)).text,
    'step,layer,k,log10_phi,beta,horizon,rounded\r\n',
  )
  await append(10, [
    { h: Float32Array.of(-3, -1.5, 0) },
    { h: Float32Array.of(-Infinity, -Infinity, 0), rounded: Float32Array.of(6) },
    { h: new Float32Array(3) },
  ])
  const { text, headers } = await http.get(`${path}/probe`).set('accept', CSV)
  assert.equal(headers['content-type'], CSV)
  const [head, ...lines] = text.trim().split('\r\n')
  assert.equal(head, 'step,layer,k,log10_phi,beta,horizon,rounded')
  assert.deepEqual(
    lines.map((line) => line.split(',').filter((_, at) => at !== 4)),
    [
      ['10', '0', '0', '0', '2', ''],
      ['10', '0', '1', '-1.5', '2', ''],
      ['10', '0', '2', '-3', '2', ''],
      ['10', '1', '0', '0', '1', '6'],
      ['10', '1', '1', '-Infinity', '1', '6'],
      ['10', '1', '2', '-Infinity', '1', '6'],
      ['10', '2', '0', '0', '', ''],
      ['10', '2', '1', '0', '', ''],
      ['10', '2', '2', '0', '', ''],
    ],
  )
  const betas = lines.map((line) => Number(line.split(',')[4]))
  for (const [at, beta] of [10 ** -1.5, 10 ** -1.5, 10 ** -1.5, 0, 0, 0, 1, 1, 1].entries())
    assert.ok(Math.abs((betas[at] ?? NaN) - beta) < 1e-6, `${at}: ${betas[at]}`)
})

for (const what of ['flow', 'probe', 'metrics']) {
  test(`GET …/${what} has a tag for each format, answers 304 to it and 406 to what it cannot write`, async (t) => {
    const { http, path, append } = await run(t)
    await append(10, [{ h: EXTREMES }])
    const tags = new Set<string>()
    for (const type of ['application/json', CSV, ARROW]) {
      const get = () => http.get(`${path}/${what}`).set('accept', type)
      const { status, headers } = await get().responseType('blob')
      assert.deepEqual([status, headers['content-type'], headers['vary']], [200, type, 'accept, origin'])
      const again = await get().set('if-none-match', String(headers['etag']))
      assert.deepEqual([again.status, again.headers['etag']], [304, headers['etag']])
      tags.add(String(headers['etag']))
    }
    assert.equal(tags.size, 3)
    const refused = await http.get(`${path}/${what}`).set('accept', 'image/png')
    assert.deepEqual(assertProblem(refused, 'NOT_ACCEPTABLE').errors, [
      {
        pointer: 'accept',
        detail: `Must name one of application/json, ${ARROW}, text/csv: current value is "image/png"`,
        value: 'image/png',
      },
    ])
  })
}

for (const what of ['flow', 'probe']) {
  test(`GET …/${what} as an Arrow stream has non-finite numbers as such`, async (t) => {
    const { http, path, append } = await run(t)
    await append(10, [{ h: EXTREMES }])
    const { body } = await http.get(`${path}/${what}`).set('accept', ARROW).responseType('blob')
    const bytes = body as Buffer
    assert.equal(bytes.readInt32LE(0), -1, 'an IPC stream begins with a continuation mark')
    for (const value of EXTREMES) assert.ok(bytes.includes(Buffer.from(Float64Array.of(value).buffer)), String(value))
  })
}
