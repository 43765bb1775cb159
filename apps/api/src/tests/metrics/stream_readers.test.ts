import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type AddressInfo } from 'node:net'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { MetricRow } from '@unroll/contract'
import type { TestApp } from '../../testing/app.ts'
import { openStream } from '../../testing/event_stream.ts'
import { linkTo } from '../../testing/link.ts'
import { redisUrl } from '../../testing/redis.ts'
import { eventually, rowsFrom, streamed } from '../../testing/streamed.ts'

test('GET …/stream shows that it is there while nothing happens', async (t) => {
  const { url } = await streamed(t, { heartbeatMs: 20 })
  const { block } = await openStream(t, `${url}?types=metrics`)
  assert.equal(await block(), 'retry: 1000')
  for (let beat = 0; beat < 3; beat++) assert.equal(await block(), ':')
})

test('GET …/stream makes a body once for all who are at the same place', async (t) => {
  const { url, job, store } = await streamed(t)
  await job.append(rowsFrom(1, 1))
  const streams = await Promise.all(Array.from({ length: 20 }, () => openStream(t, `${url}?types=metrics`)))
  for (const { message } of streams) assert.deepEqual((await message())?.data['steps'], [1])
  const read = t.mock.method(store.metrics, 'read')
  await job.append(rowsFrom(2, 2))
  for (const { message } of streams) assert.deepEqual((await message())?.data['steps'], [2])
  assert.equal(read.mock.callCount(), 1)
})

test('GET …/stream looks at a run no longer when its readers are gone', async (t) => {
  const { url, store } = await streamed(t)
  const streams = await Promise.all(Array.from({ length: 5 }, () => openStream(t, url)))
  for (const { message } of streams) assert.equal((await message())?.type, 'status')
  const head = t.mock.method(store.metrics, 'head')
  for (const { leave } of streams) leave()
  await eventually('the looks end', async () => {
    const before = head.mock.callCount()
    await sleep(1_000)
    return head.mock.callCount() === before
  })
})

test('GET …/stream holds back from a reader that takes nothing, cuts it off, and has it go on where it was', async (t) => {
  const service = await streamed(t)
  const { app, url, job, store } = service
  const waitingBytes = { scalars: 2 ** 24, flow: 0 } // there is no archive here
  for (let firstSeq = 1; firstSeq <= 20_000; firstSeq += 1_000) {
    const frame = { firstSeq, rows: plainRows(firstSeq, firstSeq + 999) }
    assert.equal(await store.metrics.append(job.id, job.epoch, frame, { waitingBytes }), 'stored')
  }
  await job.end()
  const read = t.mock.method(store.metrics, 'read')
  app.server.timeout = 2_000
  const accepted = once(app.server, 'connection')
  const { port } = app.server.address() as AddressInfo
  const socket = connect({ port, host: '127.0.0.1' })
  t.after(() => socket.destroy())
  socket.write(`GET ${new URL(url).pathname}?types=metrics HTTP/1.1\r\nhost: localhost\r\n\r\n`)
  await accepted
  await eventually('the reader is cut off', async () => (await connections(app.server)) === 0)
  const pages = read.mock.callCount()
  assert.ok(pages < 40, `${pages} of 40 pages were made for a reader that takes nothing`)
  let text = ''
  socket.setEncoding('utf8').on('data', (part: string) => (text += part))
  await once(socket, 'close')
  const ids = Array.from(text.matchAll(/^id: (.*)$/gm), ([, id]) => id)
  app.server.timeout = 60_000
  const last = ids.at(-2) ?? '0.0' // the last message may be cut off in its middle
  const rest = await (await openStream(t, `${url}?types=metrics`, last)).messages()
  const [first] = (rest[0]?.data['steps'] ?? []) as number[]
  assert.equal(first, Number(/^1\.(\d+)/.exec(last)?.[1] ?? 0) + 1)
  assert.equal(rest.at(-1)?.type, 'end')
})

function plainRows(first: number, last: number): MetricRow[] {
  const series = Object.fromEntries(Array.from({ length: 40 }, (_, at) => [`grad_norm/${at}`, Math.PI]))
  return Array.from({ length: last - first + 1 }, (_, at) => ({ step: first + at, series }))
}

test('GET …/stream stays open while Redis is away, and goes on where it was', async (t) => {
  const link = await linkTo(t, await redisUrl())
  const { http, url, job } = await streamed(t, { url: link.url, heartbeatMs: 50 })
  const { message, block } = await openStream(t, `${url}?types=metrics`)
  await job.append(rowsFrom(1, 1))
  assert.deepEqual((await message())?.data['steps'], [1])
  link.cut()
  await eventually('the store is found to be away', async () => (await http.get('/readyz')).status === 503)
  assert.equal(await block(), ':')
  link.mend()
  await eventually('the store is back', async () => (await http.get('/readyz')).status === 200)
  await job.append(rowsFrom(2, 2))
  assert.deepEqual((await message())?.data['steps'], [2])
})

test('GET …/stream ends with the service, which waits for no reader', async (t) => {
  const { app, url } = await streamed(t)
  const { message, messages } = await openStream(t, url)
  assert.equal((await message())?.type, 'status')
  const since = performance.now()
  await app.close()
  for (const { type } of await messages()) assert.notEqual(type, 'end')
  t.diagnostic(`closed after ${Math.round(performance.now() - since)} ms`)
})

function connections(server: TestApp['app']['server']): Promise<number> {
  return new Promise((resolve, reject) => server.getConnections((error, n) => (error ? reject(error) : resolve(n))))
}
