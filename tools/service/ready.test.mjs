import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { test } from 'node:test'

import { freePort } from './ports.mjs'
import { untilReady } from './ready.mjs'

test('untilReady() resolves once the service answers 200', async (t) => {
  let asked = 0
  const server = createServer((_, response) => response.writeHead(++asked < 3 ? 503 : 200).end('not yet'))
  t.after(() => server.close())
  const port = await freePort('127.0.0.1')
  const ready = untilReady(`http://127.0.0.1:${port}/readyz`, { limitMs: 10_000, signal: new AbortController().signal })
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  await ready
  assert.equal(asked, 3)
})

test('untilReady() says the last answer when the time is over', async () => {
  const url = `http://127.0.0.1:${await freePort('127.0.0.1')}/readyz`
  const waiting = untilReady(url, { limitMs: 0, signal: new AbortController().signal })
  await assert.rejects(waiting, { message: /must answer 200 within 0 s: .*it is not up yet/ })
})
