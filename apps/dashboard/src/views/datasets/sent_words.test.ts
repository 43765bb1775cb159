import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sentWords } from './sent_words.ts'

const MIB = 2 ** 20

for (const { sent, seconds, words } of [
  { sent: 25 * MIB, seconds: 5, words: '25 MiB of 100 MiB, 5 MiB/s, 15 s left' },
  { sent: 100 * MIB, seconds: 20, words: '100 MiB sent; the service reads them …' },
]) {
  test(`sentWords() of ${sent} bytes after ${seconds} s tells pace and time left until all is sent`, () => {
    assert.equal(sentWords(sent, 100 * MIB, seconds), words)
  })
}
