import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'

import { dearest, readSpent } from './processor.mjs'

const PRELOAD = new URL('./preload.mjs', import.meta.url).href
/** Computes until it has taken `seconds` of processor time itself: a condition, however fast the machine is. */
const COMPUTES = `const { cpuUsage } = process; while (cpuUsage().user + cpuUsage().system < SECONDS * 1e6);`
const PARENT = `
import { spawnSync } from 'node:child_process'
spawnSync(process.execPath, ['-e', ${JSON.stringify(COMPUTES.replace('SECONDS', '1.5'))}])`

test('a test process leaves behind what it and its children have spent, and no other process does', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'unroll-processor-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const log = join(folder, 'log.jsonl')
  for (const name of ['parent.test.mjs', 'other.mjs']) {
    writeFileSync(join(folder, name), PARENT)
    const environment = { ...process.env, NODE_OPTIONS: `--import ${PRELOAD}`, TEST_PROCESSOR_LOG: log }
    assert.equal(spawnSync(process.execPath, [join(folder, name)], { env: environment }).status, 0)
  }
  const spent = readSpent(log)
  assert.deepEqual(
    spent.map(({ file }) => file),
    [join(folder, 'parent.test.mjs')],
  )
  const least = existsSync('/proc/self/stat') ? 1.5 : 0 // elsewhere the children's part is unknown
  assert.ok(spent[0] !== undefined && spent[0].seconds >= least, JSON.stringify(spent))
})

test('dearest() names the processes that took most, and the sum of all', () => {
  const spent = [
    { file: '/a', seconds: 1.26 },
    { file: '/b', seconds: 20 },
    { file: '/c', seconds: 3 },
  ]
  assert.deepEqual(
    dearest(spent, (file) => file.slice(1), 2).map((line) => line.trim()),
    ['processor time of 3 processes: 24.3 s; the dearest:', '20.0 s  b', '3.0 s  c'],
  )
})

test('readSpent() finds nothing where no process has exited', () => assert.deepEqual(readSpent('/absent'), []))
