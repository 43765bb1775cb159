import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { test } from 'node:test'

import { freePort, tryPort } from './ports.mjs'

test('freePort() passes over a port that is taken', async (t) => {
  const taken = await freePort('127.0.0.1')
  const server = createServer().listen(taken, '127.0.0.1')
  t.after(() => server.close())
  await once(server, 'listening')
  assert.equal(await tryPort('127.0.0.1', taken), undefined)
  const found = await freePort('127.0.0.1', taken)
  assert.ok(found > taken && found < taken + 100)
})
