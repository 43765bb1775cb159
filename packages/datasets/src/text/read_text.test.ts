import assert from 'node:assert/strict'
import { test } from 'node:test'
import { UnrollError, type TextUnit } from '@unroll/contract'
import * as fc from 'fast-check'
import { inChunks } from '../testing/ingested.ts'
import { readText, type TextContents } from './read_text.ts'

async function read(bytes: Uint8Array, chunk?: number, unit: TextUnit = 'character'): Promise<TextContents> {
  const reading = readText(inChunks(bytes, chunk), { format: 'text', unit })
  const passed: Uint8Array[] = []
  for (;;) {
    const next = await reading.next()
    if (next.done === true) {
      assert.ok(Buffer.concat(passed).equals(bytes))
      return next.value
    }
    passed.push(next.value)
  }
}

const TEXT = fc.string({ unit: 'binary' }).map((text) => text.replaceAll('\0', 'a'))

test('readText() counts the characters of any text, however it is cut', () =>
  fc.assert(
    fc.asyncProperty(fc.array(TEXT, { maxLength: 30 }), fc.integer({ min: 1, max: 40 }), async (texts, chunk) => {
      const text = texts.join('0123456789 ABCDEF abcdef \n')
      const characters = Array.from(text).length
      assert.deepEqual(await read(Buffer.from(text), chunk), {
        unit: 'character',
        characters,
        symbols: characters,
        vocabulary_size: new Set(text).size,
        vocabulary: [...new Set(text)].toSorted((a, b) => a.codePointAt(0)! - b.codePointAt(0)!).slice(0, 100),
        start: Array.from(text).slice(0, 500).join(''),
      })
    }),
  ))

const UNITS: [unit: TextUnit, symbols: number, vocabulary: number][] = [
  ['character', 26, 13],
  ['byte', 28, 14],
  ['word', 9, 6],
]
for (const [unit, symbols, vocabulary] of UNITS) {
  test(`readText() counts by the ${unit}, however the text is cut`, async () => {
    const text = Buffer.from('the sea,\tthe sé\n\nthe end ö')
    for (const chunk of [undefined, 1, 3]) {
      const found = await read(text, chunk, unit)
      assert.deepEqual([found.characters, found.symbols, found.vocabulary_size], [26, symbols, vocabulary])
    }
  })
}

test('readText() shows the first symbols of a text', async () => {
  const text = Buffer.from('the sé\nthe end')
  const shown = async (unit: TextUnit) => (await read(text, 1, unit)).vocabulary
  assert.deepEqual(await shown('character'), ['\n', ' ', 'd', 'e', 'h', 'n', 's', 't', 'é'])
  assert.deepEqual((await shown('byte')).slice(-2), ['a9', 'c3'])
  assert.deepEqual(await shown('word'), ['the', 'sé', '\n', 'end'])
})

test('readText() refuses more different words than a softmax can have', async () => {
  const words = Array.from({ length: 100_001 }, (_, n) => n.toString(36)).join(' ')
  await assert.rejects(read(Buffer.from(words), 65_536, 'word'), (error) => {
    assert.ok(error instanceof UnrollError)
    assert.match(error.faults[0]?.detail ?? '', /at most 100000 different words: write rare ones as <unk>/)
    return true
  })
  await assert.rejects(read(Buffer.alloc(100_000, 'a'), 1_000, 'word'), { code: 'DATASET_INVALID' })
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
  test(`readText() names the offset of ${what}, however the text is cut`, () =>
    fc.assert(
      fc.asyncProperty(
        TEXT,
        fc.constantFrom('', 'tail', 'ä'),
        fc.integer({ min: 1, max: 7 }),
        async (before, tail, size) => {
          const head = Buffer.from(before)
          const bytes = Buffer.concat([head, Uint8Array.from(bad), Buffer.from(tail)])
          await assert.rejects(
            read(bytes, size),
            (error) =>
              error instanceof UnrollError &&
              error.code === 'DATASET_NOT_UTF8' &&
              error.faults[0]?.value === head.length,
          )
        },
      ),
    ))
}

test('readText() names the character that is NUL', async () => {
  await assert.rejects(
    read(Buffer.from('äb\0c')),
    (error) => error instanceof UnrollError && error.faults[0]?.value === 2,
  )
})
