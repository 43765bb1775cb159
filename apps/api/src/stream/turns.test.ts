import assert from 'node:assert/strict'
import { test } from 'node:test'
import { turn } from './turns.ts'

test('turn() resolves in another turn of the event loop for each caller', async () => {
  let turns = 0
  let counting = setImmediate(function count() {
    turns += 1
    counting = setImmediate(count)
  })
  const ended = await Promise.all(Array.from({ length: 5 }, () => turn().then(() => turns)))
  clearImmediate(counting)
  assert.equal(new Set(ended).size, 5, ended.join(', '))
})
