import type { FileHandle } from 'node:fs/promises'
import { Message } from 'apache-arrow'
import { FOOTER, MESSAGE, listPlaces, wrapSchema } from './arrow_metadata.ts'
import { checkFlatbuffer } from './flatbuffer.ts'

const FILE = 'ARROW1'
/** What a file begins with, padded to eight bytes. */
const FILE_START_BYTES = 8
/** What a file ends with: the length of its footer, and the mark. */
const FILE_END_BYTES = 4 + FILE.length
/** Before the length of a message, since version 0.15 of Arrow. */
const CONTINUATION = -1
/** Before a compressed buffer: the bytes that it unpacks to, or -1 where it is as it is. */
const LENGTH_BYTES = 8
/** A value that takes least is one bit. */
const VALUES_A_BYTE = 8

interface Batch {
  length: number
  nodes: readonly { length: number; nullCount: number }[]
  buffers: readonly { offset: number; length: number }[]
  compression: object | null
  /** Of each column of views, how many buffers hold what its views point to. */
  variadicBufferCounts: readonly number[]
}

/**
 * The messages of Arrow IPC as a stream, also those of a file: each is checked before it is handed on, as the library does not come back
 * from some damaged ones.
 *
 * @throws {Error} that says what is damaged
 */
export async function* readMessages(file: FileHandle): AsyncGenerator<Uint8Array> {
  const { size } = await file.stat()
  const start = await readBytes(file, 0, Math.min(FILE.length, size))
  if (start.toString('latin1') === FILE) return yield* readFile(file, size)
  for (let at = 0; at < size;) {
    const found = await readMessage(file, at, size)
    if (found === undefined) return undefined
    yield* found.parts
    at = found.end
  }
  return undefined
}

/** The messages that the footer of a file lists, in its order. */
async function* readFile(file: FileHandle, size: number): AsyncGenerator<Uint8Array> {
  const end = await findFooter(file, size)
  const footer = await readBytes(file, end, size - FILE_END_BYTES - end)
  checkFlatbuffer(footer, FOOTER)
  yield* writeSchema(footer)
  let bytes = 0
  for (const at of listPlaces(footer)) {
    const found = at >= FILE_START_BYTES && at < end ? await readMessage(file, at, end) : undefined
    if (found === undefined) throw new Error(`its footer lists a message at byte ${at}, where there is none`)
    bytes += found.end - at
    if (bytes > size) throw new Error('its footer lists messages more than once')
    yield* found.parts
  }
}

/** A message that was checked, and where it ends; undefined where it says that none follows. */
async function readMessage(
  file: FileHandle,
  at: number,
  end: number,
): Promise<{ parts: Uint8Array[]; end: number } | undefined> {
  const prefix = await readBytes(file, at, Math.min(8, end - at))
  if (prefix.length < 4) throw new Error(`it ends within a message, at byte ${end}`)
  const isNew = prefix.readInt32LE(0) === CONTINUATION && prefix.length === 8
  const length = prefix.readInt32LE(isNew ? 4 : 0)
  if (length === 0) return undefined
  const head = isNew ? 8 : 4
  checkPart('metadata', { at: at + head, length, end })
  const metadata = await readBytes(file, at + head, length)
  checkFlatbuffer(metadata, MESSAGE)
  const message = Message.decode(metadata)
  const { bodyLength } = message
  const bodyAt = at + head + length
  checkPart('a body', { at: bodyAt, length: bodyLength, end })
  const body = await readBytes(file, bodyAt, bodyLength)
  checkHeader(message, body)
  const parts = [prefix.subarray(0, head), metadata, ...(bodyLength > 0 ? [body] : [])]
  return { parts, end: bodyAt + bodyLength }
}

/** The schema of a footer as a message. */
function* writeSchema(footer: Buffer): Generator<Uint8Array> {
  const metadata = wrapSchema(footer)
  checkTypes(Message.decode(metadata))
  const prefix = Buffer.alloc(8)
  prefix.writeInt32LE(CONTINUATION)
  prefix.writeInt32LE(metadata.length, 4)
  yield prefix
  yield metadata
}

/** Where the messages of a file end. */
async function findFooter(file: FileHandle, size: number): Promise<number> {
  if (size < FILE_START_BYTES + FILE_END_BYTES) throw new Error(`it ends at byte ${size}, before its footer`)
  const last = await readBytes(file, size - FILE_END_BYTES, FILE_END_BYTES)
  if (last.toString('latin1', 4) !== FILE) throw new Error(`it must end with ${FILE}: it was cut off`)
  const footer = last.readInt32LE(0)
  const end = size - FILE_END_BYTES - footer
  if (footer < 0 || end < FILE_START_BYTES) throw new Error(`its footer has ${footer} bytes, and the file has ${size}`)
  return end
}

function checkPart(what: string, { at, length, end }: { at: number; length: number; end: number }): void {
  if (!(length >= 0 && at + length <= end))
    throw new Error(`the message at byte ${at} has ${what} of ${length} bytes, and all end at byte ${end}`)
}

function checkHeader(message: Message, body: Buffer): void {
  if (message.isSchema()) return checkTypes(message)
  if (message.isRecordBatch()) return checkBatch(message.header(), body)
  if (!message.isDictionaryBatch()) throw new Error(`a message is of kind ${message.headerType}`)
  checkBatch((message.header() as unknown as { data: Batch }).data, body)
}

/** A type that the library does not know is told before a batch of it, which may not look like one of ours. */
function checkTypes(schema: Message): void {
  schema.header() // decodes the types
}

/**
 * A batch has its buffers in its body, no more values than those have bits, and no more buffers than it lists: a length or a count alone
 * would be a loop without an end, or a list without one.
 */
function checkBatch({ length, nodes, buffers, compression, variadicBufferCounts }: Batch, body: Buffer): void {
  const ofViews = variadicBufferCounts.reduce((sum, count) => (count >= 0 ? sum + count : NaN), 0)
  if (!(ofViews <= buffers.length))
    throw new Error(`a batch of ${buffers.length} buffers has ${ofViews} of them for columns of views`)
  let bytes = 0
  for (const { offset, length: taken } of buffers) {
    if (!(offset >= 0 && taken >= 0 && offset + taken <= body.length))
      throw new Error(`a buffer of ${taken} bytes at ${offset} is not in its body of ${body.length}`)
    const isCompressed = compression !== null && taken >= LENGTH_BYTES
    bytes += isCompressed ? Math.max(taken, Number(body.readBigInt64LE(offset))) : taken
  }
  for (const { length: values, nullCount } of [{ length, nullCount: 0 }, ...nodes])
    if (!(values >= 0 && values <= VALUES_A_BYTE * bytes && nullCount <= values))
      throw new Error(`a batch of ${bytes} bytes has a column of ${values} values, of which ${nullCount} are null`)
}

async function readBytes(file: FileHandle, at: number, length: number): Promise<Buffer> {
  const bytes = Buffer.alloc(length)
  const { bytesRead } = await file.read(bytes, 0, length, at)
  if (bytesRead < length) throw new Error(`it ends at byte ${at + bytesRead}`)
  return bytes
}
