import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ArtifactNotFoundError, readClock } from './index.ts'
import { failing, inChunks, listed, read, sample } from './testing/bytes.ts'
import { DRIVERS } from './testing/drivers.ts'

// What holds of artifacts wherever they are kept.

const MIB = 2 ** 20
const SIZES: [bytes: number, chunk: number][] = [
  [0, 1],
  [1, 1],
  [65_536, 65_536],
  [1_000_003, 4096],
  [8 * MIB, 3 * MIB], // one part of an upload in parts
  [16 * MIB, 16 * MIB],
  [20 * MIB + 1, 65_536],
]
const NO_KEYS = [
  '',
  '/',
  'a/',
  '/a',
  'a//b',
  '..',
  '../a',
  'a/../b',
  '.a',
  'a/.b',
  'a\\b',
  'a\0b',
  'ä',
  'a b',
  'a'.repeat(513),
]

for (const [name, open] of DRIVERS) {
  for (const [size, chunk] of SIZES) {
    test(`${name}: put() keeps ${size} bytes given ${chunk} at a time, and get() gives them back`, async (t) => {
      const artifacts = await open(t)
      const bytes = sample(size)
      assert.deepEqual(await artifacts.put('datasets/a', inChunks(bytes, chunk)), { bytes: size })
      assert.deepEqual(await artifacts.head('datasets/a'), { bytes: size })
      assert.ok(bytes.equals(await read(await artifacts.get('datasets/a'))))
    })
  }

  test(`${name}: put() replaces what the key held`, async (t) => {
    const artifacts = await open(t)
    for (const text of ['first', 'two']) await artifacts.put('a', inChunks(Buffer.from(text), 1))
    assert.equal(String(await read(await artifacts.get('a'))), 'two')
  })

  for (const size of [4, 20 * MIB]) {
    test(`${name}: put() passes on what its source throws after ${size} bytes, and leaves all as it was`, async (t) => {
      const artifacts = await open(t)
      await artifacts.put('a', inChunks(Buffer.from('before')))
      const gone = new Error('Client is gone')
      for (const key of ['a', 'b'])
        await assert.rejects(artifacts.put(key, failing(gone, sample(size))), (error) => error === gone)
      assert.equal(String(await read(await artifacts.get('a'))), 'before')
      assert.equal(await artifacts.head('b'), undefined)
    })
  }

  test(`${name}: of puts at once to one key one counts, whole`, async (t) => {
    const artifacts = await open(t)
    const texts = Array.from({ length: 8 }, (_, at) => String(at).repeat(100_000))
    await Promise.all(texts.map((text) => artifacts.put('a', inChunks(Buffer.from(text), 10_000))))
    const kept = String(await read(await artifacts.get('a')))
    assert.ok(texts.includes(kept), `${kept.length} bytes: ${kept.slice(0, 40)}`)
  })

  test(`${name}: get() of an absent artifact is ArtifactNotFoundError, head() undefined, delete() does nothing`, async (t) => {
    const artifacts = await open(t)
    await assert.rejects(artifacts.get('a'), ArtifactNotFoundError)
    assert.equal(await artifacts.head('a'), undefined)
    await artifacts.delete('a')
    await artifacts.put('a', inChunks(Buffer.from('x')))
    await artifacts.delete('a')
    assert.equal(await artifacts.head('a'), undefined)
  })

  test(`${name}: list() gives what lies below a prefix of whole names`, async (t) => {
    const artifacts = await open(t)
    for (const key of ['jobs/a/1', 'jobs/a/2/x', 'jobs/ab/1', 'jobs-a/1'])
      await artifacts.put(key, inChunks(Buffer.from(key), 3))
    const found = await listed(artifacts.list('jobs/a'))
    assert.deepEqual(
      found.map(({ key, bytes }) => ({ key, bytes })),
      [
        { key: 'jobs/a/1', bytes: 8 },
        { key: 'jobs/a/2/x', bytes: 10 },
      ],
    )
    const now = await readClock(artifacts, 'conformance')
    for (const { writtenAt } of found) assert.ok(writtenAt <= now && now - writtenAt < 60_000, `${writtenAt} ${now}`)
    assert.deepEqual(await listed(artifacts.list('tried')), [], 'readClock() leaves nothing')
    assert.equal((await listed(artifacts.list('jobs'))).length, 3)
    assert.deepEqual(await listed(artifacts.list('absent')), [])
    assert.deepEqual(await listed(artifacts.list('jobs/a/1')), [], 'an artifact is not below itself')
    await assert.rejects(listed(artifacts.list('../jobs')), RangeError)
  })

  test(`${name}: list() gives more artifacts than a service answers at a time`, async (t) => {
    const artifacts = await open(t)
    const keys = Array.from({ length: 210 }, (_, at) => `many/${String(at).padStart(4, '0')}`)
    for (let at = 0; at < keys.length; at += 50)
      await Promise.all(keys.slice(at, at + 50).map((key) => artifacts.put(key, inChunks(Buffer.from('x')))))
    assert.deepEqual(
      (await listed(artifacts.list('many'))).map(({ key }) => key),
      keys,
    )
  })

  for (const key of NO_KEYS) {
    test(`${name}: every operation refuses the key ${JSON.stringify(key.slice(0, 20))}`, async (t) => {
      const artifacts = await open(t)
      await assert.rejects(artifacts.put(key, inChunks(Buffer.from('x'))), RangeError)
      await assert.rejects(artifacts.get(key), RangeError)
      await assert.rejects(artifacts.head(key), RangeError)
      await assert.rejects(artifacts.delete(key), RangeError)
    })
  }
}
