import assert from 'node:assert/strict'
import { mkdtemp, open, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { writeDurably } from './durable_file.ts'

const STAGE = 2 ** 21

/** [chunks, bytes of each, whether each is whole pages of memory] */
const FILES: readonly [name: string, chunks: readonly (readonly [bytes: number, pages?: 'pages'])[]][] = [
  ['nothing', []],
  ['a byte', [[1]]],
  ['a byte less than a stage', [[STAGE - 1]]],
  ['a stage', [[STAGE]]],
  ['a byte more than a stage', [[STAGE + 1]]],
  ['five stages at once', [[5 * STAGE]]],
  ['seven and a half stages in odd pieces', Array.from({ length: 15 }, () => [STAGE / 2 - 3] as const)],
  ['pages alone', Array.from({ length: 4 }, () => [STAGE, 'pages'] as const)],
  ['pages of less than a stage', Array.from({ length: 5 }, () => [3 * 4096, 'pages'] as const)],
  ['pages behind a piece, and a piece behind pages', [[17], [STAGE, 'pages'], [STAGE, 'pages'], [5]]],
  ['pages, then a stage, then a rest of a page', [[STAGE, 'pages'], [STAGE], [4096, 'pages'], [100]]],
]

for (const [name, chunks] of FILES)
  test(`a file holds what was written to it: ${name}`, async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'unroll-durable-'))
    t.after(() => rm(folder, { recursive: true }))
    const path = join(folder, 'file')
    const given: Buffer[] = []
    await writeDurably(await open(path, 'wx'), path, fillInTurn(chunks, given))
    const read = await readFile(path)
    assert.equal(Buffer.compare(read, Buffer.concat(given)), 0)
    t.diagnostic(`${read.length} bytes alike`)
  })

/** Chunks whose memory is used again for the next, that of pages for the second one after them, as a source may. */
async function* fillInTurn(
  chunks: readonly (readonly [bytes: number, pages?: 'pages'])[],
  given: Buffer[],
): AsyncGenerator<Uint8Array> {
  const most = Math.max(0, ...chunks.map(([bytes]) => bytes))
  const allocatePages = () => new ArrayBuffer(most, { maxByteLength: most })
  const memory = { pages: [allocatePages(), allocatePages()], piece: [new ArrayBuffer(most)] }
  for (const [at, [bytes, pages = 'piece']] of chunks.entries()) {
    const buffers = memory[pages]
    const chunk = new Uint8Array(buffers[at % buffers.length]!, 0, bytes)
    for (let byte = 0; byte < bytes; byte++) chunk[byte] = (byte * 31 + at * 7 + (byte >> 8)) & 255
    given.push(Buffer.from(chunk))
    yield chunk
  }
}

test('what the source throws is thrown, and the file is closed', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'unroll-durable-'))
  t.after(() => rm(folder, { recursive: true }))
  const path = join(folder, 'file')
  const file = await open(path, 'wx')
  await assert.rejects(writeDurably(file, path, breakOff(3 * STAGE)), /breaks off/)
  assert.equal(file.fd, -1)
})

async function* breakOff(bytes: number): AsyncGenerator<Uint8Array> {
  yield new Uint8Array(bytes)
  throw new Error('the source breaks off')
}
