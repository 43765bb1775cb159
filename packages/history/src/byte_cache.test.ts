import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ByteCache } from './byte_cache.ts'

/** A cache of texts, and how often each was made. */
function cacheOf(maxBytes: number) {
  const cache = new ByteCache<string>(maxBytes)
  const made: string[] = []
  const get = (key: string, { lasts = false, lastingKey = key }: { lasts?: boolean; lastingKey?: string } = {}) =>
    cache.get(
      key,
      async () => {
        made.push(key)
        return { value: `made for ${key}`, bytes: 100, lasts }
      },
      lastingKey,
    )
  return { cache, made, get }
}

test('a value is made once, however many ask for it at a time', async () => {
  const { made, get } = cacheOf(10_000)
  await Promise.all([get('a'), get('a'), get('b')])
  assert.equal(await get('a'), 'made for a')
  assert.deepEqual(made, ['a', 'b'])
})

test('a value that lasts is found by its lasting key, whatever the other key is by then', async () => {
  const { made, get } = cacheOf(10_000)
  await get('page at 1', { lasts: true, lastingKey: 'page' })
  assert.equal(await get('page at 2', { lasts: true, lastingKey: 'page' }), 'made for page at 1')
  assert.deepEqual(made, ['page at 1'])
})

test('a value that does not last is made anew for another key', async () => {
  const { made, get } = cacheOf(10_000)
  await get('page at 1', { lastingKey: 'page' })
  await get('page at 1', { lastingKey: 'page' })
  await get('page at 2', { lastingKey: 'page' })
  assert.deepEqual(made, ['page at 1', 'page at 2'])
})

test('a value that lasts, made for two keys at a time, is counted once', async () => {
  const { cache, get } = cacheOf(10_000)
  const together = ['page at 1', 'page at 2'].map((key) => get(key, { lasts: true, lastingKey: 'page' }))
  await Promise.all(together)
  const { cache: alone, get: getAlone } = cacheOf(10_000)
  await getAlone('page')
  assert.equal(cache.bytes, alone.bytes)
})

test('the values that were used longest ago go first', async () => {
  const { made, get } = cacheOf(1_500) // two entries of 612 bytes
  for (const key of ['a', 'b', 'a', 'c', 'a', 'b']) await get(key)
  assert.deepEqual(made, ['a', 'b', 'c', 'b'])
})

test('what fails is not kept', async () => {
  const { cache, get } = cacheOf(10_000)
  await assert.rejects(
    cache.get('a', async () => Promise.reject(new Error('no'))),
    /no/,
  )
  assert.equal(await get('a'), 'made for a')
})
