import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test, type TestContext } from 'node:test'
import { NO_TRACING, openTracing } from './tracing.ts'

interface SentSpan {
  traceId: string
  spanId: string
  parentSpanId?: string
  name: string
  kind: number
  status: { code?: number; message?: string }
  events: { name: string }[]
  attributes: { key: string; value: Record<string, unknown> }[]
}

interface Collector {
  endpoint: string
  spans: SentSpan[]
  services: string[]
  /** Ends once so many spans have come. */
  received: (count: number) => Promise<void>
}

/** A collector that keeps what it is sent. */
async function collector(t: TestContext): Promise<Collector> {
  const spans: SentSpan[] = []
  const services: string[] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const body = JSON.parse(Buffer.concat(chunks).toString()) as {
        resourceSpans: {
          resource: { attributes: { key: string; value: { stringValue: string } }[] }
          scopeSpans: { spans: SentSpan[] }[]
        }[]
      }
      for (const { resource, scopeSpans } of body.resourceSpans) {
        spans.push(...scopeSpans.flatMap((scope) => scope.spans))
        services.push(
          ...resource.attributes.filter(({ key }) => key === 'service.name').map(({ value }) => value.stringValue),
        )
      }
      server.emit('spans')
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}')
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  const received = async (count: number) => {
    while (spans.length < count) await once(server, 'spans')
  }
  return { endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, spans, services, received }
}

const PARENT = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'

test('openTracing() sends spans to the collector, as part of the trace that is named, across processes', async (t) => {
  const { endpoint, spans, services, received } = await collector(t)
  const api = await openTracing(endpoint, 'unroll-api')
  const worker = await openTracing(endpoint, 'unroll-worker')
  const request = api.start('POST /v1/jobs', { kind: 'server', parent: PARENT })
  const attempt = worker.start('attempt', { kind: 'consumer', parent: request.traceparent, attributes: { epoch: 1 } })
  attempt.event('ready')
  attempt.set({ 'unroll.end': 'failed' })
  attempt.end('out of memory')
  request.end()
  await Promise.all([api.close(), worker.close(), received(2)])
  const [first, second] = ['POST /v1/jobs', 'attempt'].map((name) => spans.find((span) => span.name === name))
  assert.deepEqual(services.toSorted(), ['unroll-api', 'unroll-worker'])
  assert.equal(first?.traceId, '0af7651916cd43dd8448eb211c80319c')
  assert.equal(first?.parentSpanId, 'b7ad6b7169203331')
  assert.equal(second?.traceId, first?.traceId)
  assert.equal(second?.parentSpanId, first?.spanId)
  assert.deepEqual(
    [second?.status, second?.events.map(({ name }) => name)],
    [{ code: 2, message: 'out of memory' }, ['ready']],
  )
  assert.deepEqual(second?.attributes.at(-1), { key: 'unroll.end', value: { stringValue: 'failed' } })
})

test('openTracing() begins a trace of its own where none, or no valid one, is named', async (t) => {
  const { endpoint } = await collector(t)
  const tracing = await openTracing(endpoint, 'unroll-api')
  for (const parent of [undefined, '', 'nonsense']) {
    const span = tracing.start('request', { kind: 'server', parent })
    assert.match(span.traceparent ?? '', /^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/)
    span.end()
  }
  await tracing.close()
})

test('close() does not wait for a collector that is not there', async () => {
  const tracing = await openTracing('http://127.0.0.1:9', 'unroll-api')
  tracing.start('request', { kind: 'server' }).end()
  await tracing.close()
})

test('without an endpoint nothing is recorded, and the trace of a client is handed on', async () => {
  const tracing = await openTracing(undefined, 'unroll-api')
  assert.equal(tracing, NO_TRACING)
  assert.equal(tracing.start('request', { kind: 'server', parent: PARENT }).traceparent, PARENT)
  assert.equal(tracing.start('request', { kind: 'server', parent: 'nonsense' }).traceparent, undefined)
})
