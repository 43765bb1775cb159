import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'

import { cacheFolder, fillCache } from './cache.mjs'
import { findOnPath, runCommand } from './command.mjs'
import { isInstalled } from './dependencies.mjs'
import { isAtLeast } from './node.mjs'
import { step } from './step.mjs'

/** @type {[version: string, oldest: string, wanted: boolean][]} */
const versions = [
  ['20.19.0', '20.19', true],
  ['20.9.0', '20.19', false],
  ['24.0.0', '20.19', true],
  ['7', '6.2', true],
  ['6', '6.2', false],
]
for (const [version, oldest, wanted] of versions)
  test(`isAtLeast() says ${wanted} of ${version} where ${oldest} is wanted`, () =>
    assert.equal(isAtLeast(version, oldest), wanted))

const locked = {
  '': { version: '0.1.0' },
  'packages/contract': { version: '0.1.0' },
  'node_modules/pino': { version: '10.4.0' },
  'node_modules/@unroll/contract': {},
  'node_modules/for-windows': { version: '1.0.0', optional: true },
}
const complete = { 'node_modules/pino': { version: '10.4.0' }, 'node_modules/@unroll/contract': {} }
/** @type {[what: string, installed: import('./dependencies.mjs').LockedPackages, wanted: boolean][]} */
const installations = [
  ['all but an optional package', complete, true],
  ['another version', { ...complete, 'node_modules/pino': { version: '9.0.0' } }, false],
  ['no link to a workspace', { 'node_modules/pino': { version: '10.4.0' } }, false],
  ['nothing', {}, false],
]
for (const [what, installed, wanted] of installations)
  test(`isInstalled() says ${wanted} of an installation with ${what}`, () =>
    assert.equal(isInstalled(locked, installed), wanted))

test('runCommand() returns what a command writes, and rejects with it when the command fails', async () => {
  assert.equal(await runCommand(process.execPath, ['-e', 'console.log(1)']), '1\n')
  const failing = "for (let i = 1; i <= 100; i++) console.error('line ' + i); process.exit(2)"
  await assert.rejects(runCommand(process.execPath, ['-e', failing]), { message: /exit 2.*line 1\n.*line 100$/s })
  await assert.rejects(runCommand('unroll-absent', []), { message: /Cannot run unroll-absent: .*ENOENT/ })
})

test('findOnPath() finds the first name that exists', () => {
  assert.match(findOnPath(['unroll-absent', 'sh']) ?? '', /\/sh$/)
  assert.equal(findOnPath(['unroll-absent']), undefined)
})

test('fillCache() leaves a whole folder or none', async (t) => {
  const parent = mkdtempSync(join(tmpdir(), 'unroll-cache-'))
  t.after(() => rmSync(parent, { recursive: true }))
  const folder = join(parent, 'program')
  const failing = fillCache(folder, async (unfinished) => {
    writeFileSync(join(unfinished, 'half'), '')
    throw new Error('No network')
  })
  await assert.rejects(failing, { message: 'No network' })
  assert.deepEqual(readdirSync(parent), [])
  await fillCache(folder, async (unfinished) => writeFileSync(join(unfinished, 'program'), 'all of it'))
  assert.equal(readFileSync(join(folder, 'program'), 'utf8'), 'all of it')
  await fillCache(folder, async (unfinished) => writeFileSync(join(unfinished, 'program'), 'a second copy'))
  assert.deepEqual(readdirSync(parent), ['program'])
})

test('cacheFolder() keeps versions and platforms apart, outside of the repository', () => {
  const folder = cacheFolder('valkey', '9')
  assert.ok(folder.endsWith(join('unroll', `valkey-9-${process.platform}-${process.arch}`)))
  assert.notEqual(folder, cacheFolder('valkey', '10'))
})

test('step() skips what is done, and shows how long the rest took', async (t) => {
  const shown = t.mock.method(console, 'log', () => {})
  assert.equal(await step({ name: 'Redis', doing: '', done: () => 'found', work: () => assert.fail() }), 'found')
  assert.equal(await step({ name: 'Redis', doing: 'fetching', done: () => undefined, work: async () => 'new' }), 'new')
  const lines = shown.mock.calls.map(({ arguments: [line] }) => line)
  assert.match(lines.join('\n'), /^ {2}✓ Redis\n {2}… Redis: fetching\n {2}✓ Redis \([\d.]+ s\)$/)
})
