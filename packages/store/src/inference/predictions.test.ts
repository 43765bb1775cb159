import assert from 'node:assert/strict'
import { test } from 'node:test'
import { testStore } from '../testing/fixtures.ts'
import type { AnswerPart } from './predictions.ts'

const ID = 'prediction_0123456789abcdefghij'

test('predictions.follow() gives every part once, in order, and keeps none that it has read', async (t) => {
  const { store, redis, prefix } = await testStore(t)
  const parts = 1_200
  const symbols = (from: number): AnswerPart => ({ type: 'symbols', symbols: [String(from)], from })
  for (let from = 0; from < parts; from += 20)
    // few at a time, so that no command waits long
    await Promise.all(Array.from({ length: 20 }, (_, n) => store.predictions.append(ID, symbols(from + n))))
  await store.predictions.append(ID, symbols(parts - 1)) // another worker has the request too
  const read: string[] = []
  let mostKept = 0
  for await (const part of store.predictions.follow(ID)) {
    assert.ok(part.type === 'symbols' || part.type === 'end')
    if (part.type === 'end') break
    read.push(...part.symbols)
    if (read.length === parts) await store.predictions.append(ID, { type: 'end' })
    if (read.length % 500 === 1 && read.length > 500)
      mostKept = Math.max(mostKept, (await redis.xlen(`{${prefix}}:answer:${ID}`)) + read.length - 1 - parts)
  }
  assert.deepEqual(
    read,
    Array.from({ length: parts }, (_, n) => String(n)),
  )
  assert.ok(mostKept <= 2, `${mostKept} parts kept beside those that are not read`)
})
