import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { test } from 'node:test'

import { makeOf, provideRedis } from '../provision/redis.mjs'
import { canRead, noteWriter, writerByHead, writerOf } from './redis-data.mjs'
import { startRedis } from './redis.mjs'

/** @param {string} text */
const makeFrom = (text) => ({ name: text.split(' ')[0] ?? '', version: text.split(' ')[1] ?? '' })

for (const [reader, writer, expected] of /** @type {const} */ ([
  ['Valkey 9.1.2', 'Valkey 9.1.2', true],
  ['Valkey 9.2.0', 'Valkey 9.1.2', true],
  ['Valkey 8.1.0', 'Valkey 9.1.2', false],
  ['Redis 7.0.15', 'Valkey 9.1.2', false],
  ['Redis 8.2.0', 'Valkey 9.1.2', false],
  ['Redis 7.0.15', 'Redis 6.2.0', true],
  ['Redis 7.0.15', 'Redis 7.2.4', false],
  ['Valkey 9.1.2', 'Redis 7.2.4', true],
  ['Valkey 9.1.2', 'Redis 8.0.0', false],
]))
  test(`canRead(): ${reader} ${expected ? 'reads' : 'does not read'} what ${writer} wrote`, () => {
    assert.equal(canRead(makeFrom(reader), makeFrom(writer)), expected)
  })

test('writerByHead() finds the server in the first fields of a base file', () => {
  /** @param {string} text */
  const head = (text) => Buffer.from(text, 'latin1')
  assert.deepEqual(writerByHead(head('REDIS0010\xfa\x09redis-ver\x067.0.15\xfa')), { name: 'Redis', version: '7.0.15' })
  assert.deepEqual(writerByHead(head('VALKEY080\xfa\x0avalkey-ver\x059.1.2\xfa')), { name: 'Valkey', version: '9.1.2' })
  assert.equal(writerByHead(head('nothing of the kind')), undefined)
})

const REDIS_6 = Buffer.from('REDIS0009\xfa\x09redis-ver\x056.2.7\xfa', 'latin1')
const VALKEY_8 = Buffer.from('VALKEY080\xfa\x0avalkey-ver\x058.1.0\xfa', 'latin1')
const VALKEY_9 = Buffer.from('VALKEY080\xfa\x0avalkey-ver\x059.1.2\xfa', 'latin1')
const LARGE = 3 * 2 ** 30

/** @type {readonly (readonly [string, Record<string, Buffer | string>, string | undefined])[]} */
const FOLDERS = [
  ['an empty folder', {}, undefined],
  ['an empty note', { 'written-by.json': '', 'appendonlydir/a.1.base.rdb': VALKEY_9 }, 'Valkey 9.1.2'],
  [
    'two base files',
    { 'appendonlydir/a.1.base.rdb': VALKEY_8, 'appendonlydir/a.2.base.rdb': VALKEY_9 },
    'Valkey 9.1.2',
  ],
  ['a snapshot alone', { 'dump.rdb': REDIS_6 }, 'Redis 6.2.7'],
  ['the layout before Redis 7', { 'appendonly.aof': REDIS_6 }, 'Redis 6.2.7'],
  [
    'a note that is older than the files',
    { 'written-by.json': '{"name":"Valkey","version":"8.1.0"}', 'appendonlydir/a.1.base.rdb': VALKEY_9 },
    'Valkey 9.1.2',
  ],
  [
    'files of Redis that Valkey took over',
    { 'dump.rdb': REDIS_6, 'appendonlydir/a.1.base.rdb': VALKEY_8 },
    'Valkey 8.1.0',
  ],
]
for (const [what, files, expected] of FOLDERS)
  test(`writerOf() ${what} is ${expected ?? 'nobody'}`, (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'unroll-data-'))
    t.after(() => rmSync(folder, { recursive: true }))
    mkdirSync(join(folder, 'appendonlydir'))
    for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content)
    const large = join(folder, 'appendonlydir', 'a.2.base.rdb')
    if (files['appendonlydir/a.2.base.rdb'] !== undefined) truncateSync(large, LARGE) // sparse: no byte of it on disk
    const make = writerOf(folder)
    assert.equal(make && `${make.name} ${make.version}`, expected)
  })

/** @param {string} folder */
function digestOf(folder) {
  const hash = createHash('sha256')
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  for (const { parentPath, name } of files) hash.update(name).update(readFileSync(join(parentPath, name)))
  return `${files.length} ${hash.digest('hex')}`
}

test('a data folder is started on the server that wrote it, and refused, byte for byte as it was, without one', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'unroll-data-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const server = await provideRedis()
  const { child } = await startRedis({ server, folder, onGiveUp: () => {} })
  await child.stop()
  const make = makeOf(server)
  assert.ok(make !== undefined)
  assert.deepEqual(writerOf(folder), make)
  rmSync(join(folder, 'written-by.json'))
  assert.deepEqual(writerOf(folder), make, 'also of a folder from before there were notes')
  assert.equal(await provideRedis(folder), server)

  noteWriter(folder, { ...make, version: '99.0.0' })
  const before = digestOf(folder)
  await assert.rejects(
    provideRedis(folder),
    new RegExp(`as ${make.name} 99.0.0 wrote it, which .* cannot read: .*; the data are untouched$`),
  )
  assert.equal(digestOf(folder), before)
})

const OTHERS = (process.env.TEST_REDIS_SERVERS ?? '').split(delimiter).filter((path) => path !== '')

test('a server of another make that is first on the PATH is passed over for the one that wrote the data', async (t) => {
  const other = OTHERS.find((path) => makeOf(path)?.name === 'Redis')
  if (other === undefined) return t.skip('TEST_REDIS_SERVERS names no Redis')
  const folder = mkdtempSync(join(tmpdir(), 'unroll-data-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const data = join(folder, 'data')
  const server = await provideRedis()
  const { child } = await startRedis({ server, folder: data, onGiveUp: () => {} })
  await child.stop()
  mkdirSync(join(folder, 'bin'))
  symlinkSync(other, join(folder, 'bin', 'redis-server'))
  const path = process.env.PATH
  process.env.PATH = [join(folder, 'bin'), path].join(delimiter)
  t.after(() => (process.env.PATH = path))
  assert.equal(makeOf(await provideRedis())?.name, 'Redis', 'where there are no data, the first on the PATH')
  assert.equal(await provideRedis(data), server)
  t.diagnostic(`${makeOf(other)?.name} ${makeOf(other)?.version} passed over for ${makeOf(server)?.version}`)
})
