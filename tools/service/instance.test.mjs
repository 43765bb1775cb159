import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'

import { claimDataFolder } from './instance.mjs'
import { isRunning } from './processes.mjs'

const SCRIPT = `
  import { claimDataFolder } from ${JSON.stringify(join(import.meta.dirname, 'instance.mjs'))}
  import { spawn } from 'node:child_process'
  const instance = await claimDataFolder(process.argv[1])
  instance.add(spawn('sleep', ['600'], { detached: true, stdio: 'ignore' }).pid)
  console.log('claimed')
`

let folder = ''
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'unroll-instance-'))))
afterEach(() => rmSync(folder, { recursive: true }))

test('claimDataFolder() refuses the folder of a live instance, and ends what a killed one has left running', async () => {
  const other = spawn(process.execPath, ['--input-type=module', '-e', SCRIPT, folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await once(other.stdout, 'data')
  await assert.rejects(claimDataFolder(folder), {
    message: new RegExp(`another instance runs on it: process ${other.pid}`),
  })
  const [, child] = JSON.parse(readFileSync(join(folder, 'unroll.pid'), 'utf8'))
  other.kill('SIGKILL')
  await once(other, 'exit')

  const instance = await claimDataFolder(folder)
  assert.ok(!isRunning(child.pid))
  instance.release()
  assert.ok(!existsSync(join(folder, 'unroll.pid')))
})

/** @type {[what: string, text: string][]} */
const stale = [
  ['a process that is gone', JSON.stringify([{ pid: 4_194_304, started: '1' }])],
  ['a process id that another process has by now', JSON.stringify([{ pid: process.ppid, started: '1' }])],
  ['a file that was cut short', '[{"pid":'],
]
for (const [what, text] of stale)
  test(`claimDataFolder() takes over from ${what}`, async () => {
    writeFileSync(join(folder, 'unroll.pid'), text)
    const instance = await claimDataFolder(folder)
    assert.equal(JSON.parse(readFileSync(join(folder, 'unroll.pid'), 'utf8'))[0].pid, process.pid)
    instance.release()
  })
