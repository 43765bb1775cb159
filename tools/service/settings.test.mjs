import assert from 'node:assert/strict'
import { createServer } from 'node:net'
import { once } from 'node:events'
import { join } from 'node:path'
import { test } from 'node:test'

import { root } from '../repository.mjs'
import { COMMANDS } from './commands.mjs'
import { choosePort, readSettings } from './settings.mjs'

test('readSettings() has a default for everything', () => {
  assert.deepEqual(readSettings({}, COMMANDS.start), {
    host: '127.0.0.1',
    port: undefined,
    dataFolder: join(root, '.unroll'),
    redisUrl: undefined,
    metrics: { host: '127.0.0.1', port: undefined },
    engine: 'auto',
    examples: true,
  })
})

test('readSettings() takes what is given', () => {
  const env = {
    HOST: '::',
    PORT: '9',
    REDIS_URL: 'redis://r',
    UNROLL_DATA_DIR: '/d',
    UNROLL_ENGINE: 'wasm',
    UNROLL_EXAMPLES: '0',
  }
  const metrics = { host: '127.0.0.1', port: undefined }
  const wanted = {
    host: '::',
    port: '9',
    redisUrl: 'redis://r',
    dataFolder: '/d',
    metrics,
    engine: 'wasm',
    examples: false,
  }
  assert.deepEqual(readSettings(env, COMMANDS.start), wanted)
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
    assert.deepEqual(readSettings(env, COMMANDS.start).metrics, metrics))

for (const PORT of ['http', '-1', '65536', '80.5'])
  test(`choosePort() refuses "${PORT}"`, () =>
    assert.rejects(choosePort(readSettings({ PORT }, COMMANDS.start)), {
      name: 'RangeError',
      message: /current value is/,
    }))

test('choosePort() refuses a given port that is taken', async (t) => {
  const server = createServer().listen(0, '127.0.0.1')
  t.after(() => server.close())
  await once(server, 'listening')
  const address = server.address()
  const PORT = String(typeof address === 'object' && address?.port)
  await assert.rejects(choosePort(readSettings({ PORT }, COMMANDS.start)), {
    message: new RegExp(`127.0.0.1:${PORT} as the port is taken`),
  })
})

test('choosePort() finds a free port for 0', async () =>
  assert.ok((await choosePort(readSettings({ PORT: '0' }, COMMANDS.start))) > 0))

for (const { env, told } of [
  { env: {}, told: /^Cannot join a fleet without these settings\n {2}REDIS_URL: .*\n {2}UNROLL_ARTIFACTS: .*$/ },
  { env: { REDIS_URL: 'redis://r' }, told: /settings\n {2}UNROLL_ARTIFACTS: .*$/ },
  { env: { REDIS_URL: '', UNROLL_ARTIFACTS: 'file:/a' }, told: /settings\n {2}REDIS_URL: .*$/ },
])
  for (const name of /** @type {const} */ (['api', 'worker']))
    test(`readSettings() has ${name} say what is missing where ${Object.keys(env).join(' and ') || 'nothing'} is given`, () =>
      assert.throws(() => readSettings(env, COMMANDS[name]), { message: told }))

test('readSettings() gives a worker a folder of its own in the data folder, and no examples', () => {
  const env = { REDIS_URL: 'redis://r', UNROLL_ARTIFACTS: 'file:/a', UNROLL_DATA_DIR: '/d' }
  const { dataFolder, examples } = readSettings(env, COMMANDS.worker)
  assert.deepEqual([dataFolder, examples], ['/d/worker', false])
})
