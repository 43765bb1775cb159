import { createWriteStream } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'

type Chunk = Uint8Array | string

/** Writes a file that is there when it is whole: until then it has another name beside its own. */
export async function writeWhole(path: string, chunks: AsyncIterable<Chunk>): Promise<void> {
  await replaceFile(path, (partial) => pipeline(Readable.from(chunks), createWriteStream(partial)))
}

/** Has `write` write a file under another name, and then gives it its own; an error leaves nothing behind. */
async function replaceFile(path: string, write: (partial: string) => Promise<void>): Promise<void> {
  const partial = `${path}.part`
  try {
    await write(partial)
    await rename(partial, path)
  } catch (error) {
    await rm(partial, { force: true })
    throw error
  }
}
