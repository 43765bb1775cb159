// Files that are on the disk when their writing ends. What fills a stage goes past the page cache (O_DIRECT): to have the system
// allocate and fill a page of the cache for every 4 KiB takes three to ten times as long as the disk needs for them, and evicts
// what a training run reads.

import { constants } from 'node:fs'
import { open, type FileHandle } from 'node:fs/promises'

/** Bytes that are written at once: a multiple of the blocks of any disk. */
const STAGE_BYTES = 2 ** 21
/** The largest block of a disk, and the smallest page of a processor. */
const PAGE_BYTES = 2 ** 12

/**
 * Writes bytes to a new, empty file and flushes it to the disk. The memory of a chunk is read until the next is asked for, that of
 * whole pages in a buffer that can be resized until the second one after it is.
 *
 * @param path of the file
 * @throws what `bytes` throws; the errors of the system, such as ENOSPC
 */
export async function writeDurably(file: FileHandle, path: string, bytes: AsyncIterable<Uint8Array>): Promise<void> {
  const writer = new StagedWriter(file, path)
  try {
    for await (const chunk of bytes) await writer.write(chunk)
    await writer.end()
    await file.sync()
  } finally {
    await writer.close()
  }
}

/** One stage is filled while the other is written. */
class StagedWriter {
  /** Writes through the page cache. */
  readonly #file: FileHandle
  readonly #path: string
  /** Writes past it; undefined where the file system cannot, and before a stage was full. */
  #direct: Promise<FileHandle | undefined> | undefined
  #stage: Uint8Array | undefined
  #spare: Uint8Array | undefined
  #filled = 0
  /** Bytes of the file before the stage. */
  #position = 0
  #writing = Promise.resolve()

  constructor(file: FileHandle, path: string) {
    this.#file = file
    this.#path = path
  }

  async write(chunk: Uint8Array): Promise<void> {
    if (this.#filled === 0 && isPages(chunk)) return this.#writePages(chunk)
    for (let taken = 0; taken < chunk.length;) {
      this.#stage ??= allocateStage()
      const piece = chunk.subarray(taken, taken + STAGE_BYTES - this.#filled)
      this.#stage.set(piece, this.#filled)
      this.#filled += piece.length
      taken += piece.length
      if (this.#filled === STAGE_BYTES) await this.#writeStage(this.#stage)
    }
  }

  async end(): Promise<void> {
    await this.#writing
    if (this.#stage !== undefined) await writeAll(this.#file, this.#stage.subarray(0, this.#filled), this.#position)
  }

  /** Closes the file, once nothing is written to it any more. */
  async close(): Promise<void> {
    await this.#writing.catch(() => {}) // whoever waited for it was told
    await (await this.#direct)?.close()
    await this.#file.close()
  }

  async #writeStage(stage: Uint8Array): Promise<void> {
    await this.#writePages(stage)
    ;[this.#stage, this.#spare, this.#filled] = [this.#spare, stage, 0]
  }

  /** Without a copy, while the next chunk is waited for. */
  async #writePages(pages: Uint8Array): Promise<void> {
    await this.#writing
    this.#writing = this.#writeDirectly(pages, this.#position)
    this.#writing.catch(() => {}) // whoever waits for it next is told
    this.#position += pages.length
  }

  async #writeDirectly(pages: Uint8Array, position: number): Promise<void> {
    this.#direct ??= openDirect(this.#path)
    const direct = await this.#direct
    if (direct === undefined) return writeAll(this.#file, pages, position)
    try {
      await writeAll(direct, pages, position)
    } catch (error) {
      if (!isRefused(error)) throw error
      this.#direct = direct.close().then(() => undefined)
      await writeAll(this.#file, pages, position)
    }
  }
}

function allocateStage(): Uint8Array {
  return new Uint8Array(new ArrayBuffer(STAGE_BYTES, { maxByteLength: STAGE_BYTES }))
}

/**
 * Whether bytes are whole pages of memory, as writing past the cache needs. V8 gives whole pages to a buffer that can be resized
 * (Node 20), and says nothing of where any other lies.
 */
function isPages({ buffer, byteOffset, length }: Uint8Array): boolean {
  const isAtPage = buffer instanceof ArrayBuffer && buffer.resizable && byteOffset % PAGE_BYTES === 0
  return isAtPage && length % PAGE_BYTES === 0
}

/** Undefined where the system or the file system knows no writing past the cache, as on macOS and on some folders in memory. */
async function openDirect(path: string): Promise<FileHandle | undefined> {
  if (constants.O_DIRECT === undefined) return undefined
  try {
    return await open(path, constants.O_WRONLY | constants.O_DIRECT)
  } catch (error) {
    if (isRefused(error)) return undefined
    throw error
  }
}

async function writeAll(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let written = 0; written < bytes.length;) {
    const { bytesWritten } = await file.write(bytes, written, bytes.length - written, position + written)
    written += bytesWritten
  }
}

function isRefused(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EINVAL'
}
