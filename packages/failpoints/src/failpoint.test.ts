import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { armFailpoints, failpoint } from './index.ts'

const ENOSPC = { action: 'enospc', times: 2, every: 3 }

test('failpoint() does nothing until faults are armed, then breaks at every n-th visit, so often in all, and says so', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'unroll-faults-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const log = join(folder, 'log')
  failpoint('artifact.write')
  armFailpoints(JSON.stringify({ log, points: { 'artifact.write': ENOSPC } }))
  const failed = Array.from({ length: 12 }, (_, index) => index + 1).filter(() => {
    failpoint('run.row')
    try {
      failpoint('artifact.write')
      return false
    } catch (error) {
      assert.equal((error as { code?: string }).code, 'ENOSPC')
      return true
    }
  })
  assert.deepEqual(failed, [3, 6])
  assert.equal(readFileSync(log, 'utf8'), 'artifact.write enospc\nartifact.write enospc\n')
})

test('failpoint() kills the process with the fault written down', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'unroll-faults-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const log = join(folder, 'log')
  const plan = JSON.stringify({ log, points: { 'run.row': { action: 'kill', times: 1, every: 1 } } })
  const program = `
    const { armFailpoints, failpoint } = await import(${JSON.stringify(new URL('./index.js', import.meta.url).href)})
    armFailpoints(process.argv[1])
    failpoint('run.row')
    process.stdout.write('alive')`
  const run = () => spawnSync(process.execPath, ['--input-type=module', '-e', program, plan], { encoding: 'utf8' })
  assert.equal(run().signal, 'SIGKILL')
  assert.equal(readFileSync(log, 'utf8'), 'run.row kill\n')
  assert.equal(run().stdout, 'alive', 'once in all, over every process')
})

test('failpoint() holds the process for as long as a file is there, and passes by where it is not', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'unroll-faults-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const log = join(folder, 'log')
  const plan = JSON.stringify({ log, points: { 'run.row': { action: 'hold', times: 9, every: 2 } } })
  const program = `
    const { armFailpoints, failpoint } = await import(${JSON.stringify(new URL('./index.js', import.meta.url).href)})
    armFailpoints(process.argv[1])
    for (const row of [1, 2, 3]) {
      failpoint('run.row')
      process.stdout.write(String(row))
    }`
  const args = ['--input-type=module', '-e', program, plan]
  assert.equal(spawnSync(process.execPath, args, { encoding: 'utf8' }).stdout, '123')
  assert.deepEqual(readdirSync(folder), [])

  writeFileSync(`${log}.hold`, '')
  const child = spawn(process.execPath, args)
  let out = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text))
  const isHeld = () => existsSync(`${log}.held`) && out !== ''
  while (!isHeld()) await nextTurn()
  assert.equal(readFileSync(`${log}.held`, 'utf8'), `${child.pid}\n`)
  assert.equal(out, '1')
  rmSync(`${log}.hold`)
  await once(child, 'close')
  assert.equal(out, '123')
  assert.equal(readFileSync(log, 'utf8'), 'run.row hold\n')
})

for (const [what, plan] of [
  ['an unknown point', { log: 'x', points: { nowhere: ENOSPC } }],
  ['an unknown action', { log: 'x', points: { 'run.row': { ...ENOSPC, action: 'explode' } } }],
  ['no log', { points: {} }],
] as const) {
  test(`armFailpoints() refuses ${what}`, () => assert.throws(() => armFailpoints(JSON.stringify(plan)), RangeError))
}
