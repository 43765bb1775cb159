import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Flow, Job, JobEvent, Metrics } from '@unroll/contract'
import type { TSchema } from 'typebox'
import { assertMatches, assertProblem, testApp } from '../../testing/app.ts'
import { openStream, type Message } from '../../testing/event_stream.ts'
import { rowsFrom, streamed, type Streamed } from '../../testing/streamed.ts'

/** A run of two attempts, with an entry of the log between rows, that has ended. */
async function ended({ job, store }: Streamed): Promise<void> {
  await job.append(rowsFrom(1, 6))
  await job.restart()
  const data = { checkpoint: 'ckpt_1', step: 4 }
  await store.events.append(job.id, job.epoch, { number: 1, code: 'checkpoint_written', data })
  await job.append(rowsFrom(1, 1200))
  await job.end()
}

/** Names of parameters, so that rows are long. */
const WIDE = Array.from({ length: 200 }, (_, at) => `grad_norm/layers.${at}.Wh`)

test('GET …/stream has no line of more than 32,000 bytes, whenever a reader joins, and an id to go on from each', async (t) => {
  const service = await streamed(t)
  const series = Object.fromEntries(WIDE.map((name) => [name, 1 / 3]))
  await service.job.append(rowsFrom(1, 600).map((row) => ({ ...row, series: { ...row.series, ...series } })))
  const data = { why: Array.from({ length: 9_000 }, (_, at) => `"a, ${at}"`) } // one message that cannot be parted
  await service.store.events.append(service.job.id, service.job.epoch, { number: 1, code: 'evaluated', data })
  await service.job.end()
  const lines = (await (await fetch(service.url)).text()).split('\n').filter((line) => line.startsWith('data: '))
  const longest = Math.max(...lines.map((line) => Buffer.byteLength(line)))
  t.diagnostic(`${lines.length} lines of data, the longest of ${longest} bytes`)
  assert.ok(lines.length > 50 && longest <= 32_000, `${longest}`)

  const all = await (await openStream(t, service.url)).messages()
  const whole = tell(all)
  assert.deepEqual(whole, await polled(service))
  const middle = Math.floor(all.length / 2)
  const rest = await openStream(t, service.url, all[middle]?.id)
  assert.deepEqual(tell(await rest.messages(), tell(all.slice(0, middle + 1))), whole)
})

interface Told {
  /** Each row as JSON, in order, void ones taken out. */
  rows: string[]
  flow: string[]
  log: string[]
}

/** What messages tell a reader who has heard `told` before. */
function tell(messages: readonly Message[], told: Told = { rows: [], flow: [], log: [] }): Told {
  const { rows, flow, log } = told
  for (const { type, data } of messages) {
    if (type === 'metrics') addPage(rows, data, 'series')
    if (type === 'flow') addPage(flow, data, 'log10_norm')
    if (type === 'event' || type === 'checkpoint') log.push(`${type} ${String(data['seq'])} ${String(data['code'])}`)
  }
  return told
}

function addPage(rows: string[], page: Message['data'], values: 'series' | 'log10_norm'): void {
  const { steps, resumed_from_step: resumed } = page as { steps: number[]; resumed_from_step?: number }
  if (resumed !== undefined) rows.splice(resumed)
  const columns = page[values] as Record<string, unknown[]> | unknown[]
  for (const [at, step] of steps.entries()) {
    const row = Array.isArray(columns) ? columns[at] : Object.entries(columns).map(([name, of]) => [name, of[at]])
    rows.push(JSON.stringify([step, row]))
  }
}

/** The same, told by polls. */
async function polled({ http, job }: Streamed): Promise<Told> {
  const told = tell([])
  for (const [route, type] of [
    ['metrics', 'metrics'],
    ['flow', 'flow'],
  ] as const) {
    for (let after = '0.0', done = false; !done;) {
      const { body } = await http.get(`/v1/jobs/${job.id}/${route}?limit=100&after=${after}`)
      const page = body as Metrics
      tell([{ id: '', type, data: body as Message['data'] }], told)
      after = page.cursor
      done = page.done
    }
  }
  const { body } = await http.get(`/v1/jobs/${job.id}/events?limit=100`)
  const entries = (body as { data: JobEvent[] }).data
  tell(
    entries.map((data) => ({ id: '', type: data.code === 'checkpoint_written' ? 'checkpoint' : 'event', data })),
    told,
  )
  return told
}

const SCHEMAS: Record<string, TSchema> = {
  status: Job,
  end: Job,
  metrics: Metrics,
  flow: Flow,
  event: JobEvent,
  checkpoint: JobEvent,
}

test('GET …/stream tells a run of two attempts as polls do, number by number, then ends', async (t) => {
  const service = await streamed(t)
  await ended(service)
  const { response, messages } = await openStream(t, service.url)
  assert.equal(response.headers['content-type'], 'text/event-stream')
  assert.match(response.headers['cache-control'] ?? '', /no-transform/)
  const all = await messages()
  for (const { type, data } of all) assertMatches(SCHEMAS[type] ?? assert.fail(type), data)
  assert.deepEqual(tell(all), await polled(service))
  assert.deepEqual(new Set(all.map(({ type }) => type)), new Set(Object.keys(SCHEMAS)))
  assert.equal(all[0]?.type, 'status')
  assert.equal(all.at(-1)?.type, 'end')
  assert.equal(all.at(-1)?.data['status'], 'succeeded')
})

test('GET …/stream goes on behind each id without a gap, and without a row or an entry twice', async (t) => {
  const service = await streamed(t)
  await ended(service)
  const all = await (await openStream(t, service.url)).messages()
  const whole = tell(all)
  for (const [at, { id, type }] of all.entries()) {
    const before = all.slice(0, at + 1)
    const rest = await openStream(t, service.url, id)
    if (type === 'end') assert.equal(rest.response.statusCode, 204)
    else assert.deepEqual(tell(await rest.messages(), tell(before)), whole, `behind ${id}`)
  }
})

test('GET …/stream?after=<cursor of a page> gives the rows behind it', async (t) => {
  const service = await streamed(t)
  await service.job.append(rowsFrom(1, 6))
  await service.job.end()
  const all = await (await openStream(t, `${service.url}?after=1.4&types=metrics`)).messages()
  assert.deepEqual(
    all.map(({ type, data }) => [type, data['steps']]),
    [
      ['metrics', [5, 6]],
      ['end', undefined],
    ],
  )
})

test('GET …/stream tells what happens while it is open: rows, a new attempt, the end', async (t) => {
  const { url, job } = await streamed(t)
  const { messages } = await openStream(t, `${url}?types=metrics,status`)
  const rows = ({ type }: Message) => type === 'metrics'
  await job.append(rowsFrom(1, 3))
  const first = await messages(rows)
  assert.deepEqual(
    first.map(({ type, data }) => [type, data['status'] ?? data['steps']]),
    [
      ['status', 'running'],
      ['metrics', [1, 2, 3]],
    ],
  )
  await job.restart()
  await job.append(rowsFrom(1, 2))
  const second = (await messages((message) => rows(message) && message.data['resumed_from_step'] === 0)).at(-1)
  await job.append(rowsFrom(3, 3))
  await job.end()
  const last = await messages()
  assert.ok(second !== undefined)
  const steps = [second, ...last].flatMap(({ type, data }) => (type === 'metrics' ? data['steps'] : []))
  assert.deepEqual(steps, [1, 2, 3])
  assert.equal(last.at(-1)?.type, 'end')
})

test('GET …/stream gives only the types, series and layer that are asked for', async (t) => {
  const service = await streamed(t)
  await ended(service)
  const all = await (await openStream(t, `${service.url}?types=metrics,flow&series=grad_norm&layer=1`)).messages()
  assert.deepEqual(new Set(all.map(({ type }) => type)), new Set(['metrics', 'flow', 'end']))
  for (const { type, data } of all) {
    if (type === 'metrics') assert.deepEqual(Object.keys(data['series'] as object), ['grad_norm'])
    if (type === 'flow') assert.equal(data['layer'], 1)
  }
})

const REFUSED: [query: string, lastEventId: string | undefined, pointer: string][] = [
  ['', 'yesterday', 'last-event-id'],
  ['?after=1', undefined, 'after'],
  ['?types=metric', undefined, 'types[0]'],
  ['?series=nothing', undefined, 'series[0]'],
  ['?layer=2', undefined, 'layer'],
  ['?since=1.1', undefined, 'since'],
]
for (const [query, lastEventId, pointer] of REFUSED) {
  test(`GET …/stream${query} ${lastEventId ?? ''} is refused, with ${pointer} named`, async (t) => {
    const { http, job } = await streamed(t)
    const request = http.get(`/v1/jobs/${job.id}/stream${query}`)
    if (lastEventId !== undefined) request.set('last-event-id', lastEventId)
    const { errors } = assertProblem(await request, 'INVALID_REQUEST')
    assert.deepEqual(
      errors?.map((fault) => fault.pointer),
      [pointer],
    )
  })
}

test('GET …/stream of no job answers JOB_NOT_FOUND', async (t) => {
  const { http } = await testApp(t)
  assertProblem(await http.get('/v1/jobs/job_00000000000000000000/stream'), 'JOB_NOT_FOUND')
})
