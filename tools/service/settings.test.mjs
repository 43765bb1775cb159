import assert from 'node:assert/strict'
import { createServer } from 'node:net'
import { once } from 'node:events'
import { join } from 'node:path'
import { test } from 'node:test'

import { root } from '../repository.mjs'
import { choosePort, readSettings } from './settings.mjs'

test('readSettings() has a default for everything', () => {
  assert.deepEqual(readSettings({}), {
    host: '127.0.0.1',
    port: undefined,
    dataFolder: join(root, '.unroll'),
    redisUrl: undefined,
    metrics: { host: '127.0.0.1', port: undefined },
    examples: true,
  })
})

test('readSettings() takes what is given', () => {
  const env = { HOST: '::', PORT: '9', REDIS_URL: 'redis://r', UNROLL_DATA_DIR: '/d', UNROLL_EXAMPLES: '0' }
  const metrics = { host: '127.0.0.1', port: undefined }
  const wanted = { host: '::', port: '9', redisUrl: 'redis://r', dataFolder: '/d', metrics, examples: false }
  assert.deepEqual(readSettings(env), wanted)
})

for (const { given, env, metrics } of [
  {
    given: 'host and port are given',
    env: { UNROLL_METRICS_HOST: '0.0.0.0', UNROLL_METRICS_PORT: '9464' },
    metrics: { host: '0.0.0.0', port: '9464' },
  },
  {
    given: 'a port is given',
    env: { UNROLL_METRICS_PORT: '9464' },
    metrics: { host: '127.0.0.1', port: '9464' },
  },
  {
    given: 'a host is given and no port',
    env: { UNROLL_METRICS_HOST: '0.0.0.0' },
    metrics: { host: '127.0.0.1', port: undefined },
  },
])
  test(`readSettings() has a worker answer on ${metrics.host}:${metrics.port ?? 'any port'} where ${given}`, () =>
    assert.deepEqual(readSettings(env).metrics, metrics))

for (const PORT of ['http', '-1', '65536', '80.5'])
  test(`choosePort() refuses "${PORT}"`, () =>
    assert.rejects(choosePort(readSettings({ PORT })), { name: 'RangeError', message: /current value is/ }))

test('choosePort() refuses a given port that is taken', async (t) => {
  const server = createServer().listen(0, '127.0.0.1')
  t.after(() => server.close())
  await once(server, 'listening')
  const address = server.address()
  const PORT = String(typeof address === 'object' && address?.port)
  await assert.rejects(choosePort(readSettings({ PORT })), {
    message: new RegExp(`127.0.0.1:${PORT} as the port is taken`),
  })
})

test('choosePort() finds a free port for 0', async () => assert.ok((await choosePort(readSettings({ PORT: '0' }))) > 0))
