import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { armFaults, reach } from './index.ts'

const ENOSPC = { action: 'enospc', times: 2, every: 3 }

test('reach() does nothing until faults are armed, then breaks at every n-th visit, so often in all, and says so', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'unroll-faults-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const log = join(folder, 'log')
  reach('artifact.write')
  armFaults(JSON.stringify({ log, points: { 'artifact.write': ENOSPC } }))
  const failed = Array.from({ length: 12 }, (_, index) => index + 1).filter(() => {
    reach('run.row')
    try {
      reach('artifact.write')
      return false
    } catch (error) {
      assert.equal((error as { code?: string }).code, 'ENOSPC')
      return true
    }
  })
  assert.deepEqual(failed, [3, 6])
  assert.equal(readFileSync(log, 'utf8'), 'artifact.write enospc\nartifact.write enospc\n')
})

test('reach() kills the process with the fault written down', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'unroll-faults-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const log = join(folder, 'log')
  const plan = JSON.stringify({ log, points: { 'run.row': { action: 'kill', times: 1, every: 1 } } })
  const program = `
    const { armFaults, reach } = await import(${JSON.stringify(new URL('./index.js', import.meta.url).href)})
    armFaults(process.argv[1])
    reach('run.row')
    process.stdout.write('alive')`
  const run = () => spawnSync(process.execPath, ['--input-type=module', '-e', program, plan], { encoding: 'utf8' })
  assert.equal(run().signal, 'SIGKILL')
  assert.equal(readFileSync(log, 'utf8'), 'run.row kill\n')
  assert.equal(run().stdout, 'alive', 'once in all, over every process')
})

for (const [what, plan] of [
  ['an unknown point', { log: 'x', points: { nowhere: ENOSPC } }],
  ['an unknown action', { log: 'x', points: { 'run.row': { ...ENOSPC, action: 'explode' } } }],
  ['no log', { points: {} }],
] as const) {
  test(`armFaults() refuses ${what}`, () => assert.throws(() => armFaults(JSON.stringify(plan)), RangeError))
}
