import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Counter, Registry, serveMetrics } from './index.ts'

test('serveMetrics() answers GET /metrics and /livez, and nothing else', async (t) => {
  const registry = new Registry()
  new Counter({ name: 'rows_total', help: 'Rows.', registers: [registry] }).inc(3)
  const server = await serveMetrics(registry, '127.0.0.1', 0)
  t.after(() => server.close())
  const address = `http://127.0.0.1:${server.port}`
  const answer = await fetch(`${address}/metrics`)
  assert.match(answer.headers.get('content-type') ?? '', /^text\/plain; version=0\.0\.4/)
  assert.match(await answer.text(), /^rows_total 3$/m)
  assert.deepEqual(await (await fetch(`${address}/livez`)).json(), { status: 'live' })
  assert.equal((await fetch(`${address}/`)).status, 404)
  assert.equal((await fetch(`${address}/metrics`, { method: 'POST' })).status, 404)
})
