import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readConfig } from './config.ts'

test('readConfig() has a default for everything, on the loopback address', () => {
  assert.deepEqual(readConfig({}), {
    host: '127.0.0.1',
    port: 8080,
    redisUrl: 'redis://127.0.0.1:6379',
    artifacts: 'file:.unroll/artifacts',
    maxDatasetBytes: 100 * 2 ** 20,
    otlpEndpoint: undefined,
    logLevel: 'info',
  })
})

test('readConfig() keeps data sets below UNROLL_DATA_DIR unless UNROLL_ARTIFACTS says where', () => {
  assert.equal(readConfig({ UNROLL_DATA_DIR: '/data' }).artifacts, 'file:/data/artifacts')
  assert.equal(readConfig({ UNROLL_DATA_DIR: '/data', UNROLL_ARTIFACTS: 'file:/other' }).artifacts, 'file:/other')
})

test('readConfig() names every fault of the environment at once, with its value', () => {
  const source = { PORT: 'eighty', LOG_LEVEL: 'loud', UNROLL_MAX_DATASET_BYTES: '0', UNROLL_ARTIFACTS: 's3://bucket' }
  assert.throws(
    () => readConfig(source),
    ({ message }: Error) => {
      for (const [name, value] of Object.entries(source)) assert.match(message, new RegExp(`${name} must .*"${value}"`))
      assert.match(message, /^Cannot start as the environment has 4 faults/)
      return true
    },
  )
})

for (const HOST of ['127.0.0.1', '127.1.2.3', '::1', 'localhost'])
  test(`readConfig() lets HOST be ${HOST}`, () => assert.equal(readConfig({ HOST }).host, HOST))

for (const HOST of ['0.0.0.0', '::', '192.168.1.5', 'example.org', '127.0.0.1.example.org']) {
  test(`readConfig() refuses HOST ${HOST} unless UNROLL_INSECURE is 1`, () => {
    assert.throws(() => readConfig({ HOST }), /HOST must be a loopback address, or UNROLL_INSECURE must be 1/)
    assert.equal(readConfig({ HOST, UNROLL_INSECURE: '1' }).host, HOST)
  })
}
