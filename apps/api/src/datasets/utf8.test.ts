import assert from 'node:assert/strict'
import { test } from 'node:test'
import { UnrollError } from '@unroll/contract'
import * as fc from 'fast-check'
import { Utf8Decoder } from './utf8.ts'

function decode(chunks: readonly Uint8Array[]): string {
  const decoder = new Utf8Decoder()
  const text = chunks.map((chunk) => decoder.decode(chunk)).join('')
  decoder.end()
  return text
}

function cut(bytes: Uint8Array, size: number): Uint8Array[] {
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
    bytes.subarray(index * size, (index + 1) * size),
  )
}

test('Utf8Decoder gives back any text, however it is cut', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.integer({ min: 1, max: 5 }), (text, size) => {
      assert.equal(decode(cut(Buffer.from(text), size)), text)
    }),
  )
})

const BAD_SEQUENCES: [what: string, bytes: number[]][] = [
  ['a byte that is in no character', [0xff]],
  ['a continuation byte alone', [0x80]],
  ['a character that breaks off', [0xe2, 0x82]],
  ['an overlong zero', [0xc0, 0x80]],
  ['half of a surrogate pair', [0xed, 0xa0, 0x80]],
  ['a code point over 0x10ffff', [0xf4, 0x90, 0x80, 0x80]],
]
for (const [what, bad] of BAD_SEQUENCES) {
  test(`Utf8Decoder names the offset of ${what}, however the text is cut`, () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary' }),
        fc.constantFrom('', 'tail', 'ä'),
        fc.integer({ min: 1, max: 7 }),
        (before, tail, size) => {
          const head = Buffer.from(before)
          const bytes = Buffer.concat([head, Uint8Array.from(bad), Buffer.from(tail)])
          assert.throws(
            () => decode(cut(bytes, size)),
            (error) => error instanceof UnrollError && error.faults[0]?.value === head.length,
          )
        },
      ),
    )
  })
}
