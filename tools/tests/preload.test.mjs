import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { run, test } from 'node:test'

const TALKATIVE = `
  import { test } from 'node:test'
  import { setTimeout as sleep } from 'node:timers/promises'
  for (let at = 0; at < 100; at++) test('prints ' + at, async () => { await sleep(1); console.log('  ✓ done') })`

test('a test that prints does not disturb what its process reports', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'unroll-stdout-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'talkative.test.mjs')
  writeFileSync(file, TALKATIVE)
  const passed = new Set()
  const { NODE_TEST_CONTEXT } = process.env // else the runner takes this for its own call of itself, and runs nothing
  delete process.env.NODE_TEST_CONTEXT
  try {
    for await (const { type, data } of run({ files: [file] })) {
      assert.notEqual(type, 'test:fail', JSON.stringify(data))
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1) // as a loaded machine does: much has come when it next reads
      if (type === 'test:pass' && data.name.startsWith('prints')) passed.add(data.name)
    }
  } finally {
    process.env.NODE_TEST_CONTEXT = NODE_TEST_CONTEXT
  }
  assert.equal(passed.size, 100)
})
