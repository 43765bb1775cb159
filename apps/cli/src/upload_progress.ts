import { createReadStream } from 'node:fs'
import { Readable } from 'node:stream'
import { bytesWords } from './bytes.ts'
import type { Terminal } from './terminal.ts'

const REPORT_MS = 200

/** The bytes of a file as they are sent, with a line that says how far it is. */
export function fileStream(path: string, size: number, { status }: Terminal): ReadableStream<Uint8Array> {
  return Readable.toWeb(Readable.from(reported(createReadStream(path), size, status))) as ReadableStream<Uint8Array>
}

/** Tells how far an upload in parts is; the first report is of what had arrived before. */
export function reportProgress({ status, note }: Terminal): (sent: number, size: number) => void {
  const start = performance.now()
  let before: number | undefined
  return (sent, size) => {
    if (before === undefined && sent > 0) note(`goes on at ${bytesWords(sent)} of ${bytesWords(size)}`)
    before ??= sent
    const ms = performance.now() - start
    status(sent === size ? 'reading what was sent' : progressLine(sent - before, size - before, ms))
  }
}

async function* reported(
  chunks: AsyncIterable<Uint8Array>,
  size: number,
  status: Terminal['status'],
): AsyncGenerator<Uint8Array> {
  const start = performance.now()
  let [sent, told] = [0, start]
  for await (const chunk of chunks) {
    yield chunk
    sent += chunk.byteLength
    const now = performance.now()
    if (now - told < REPORT_MS) continue
    told = now
    status(progressLine(sent, size, now - start))
  }
  status('reading what was sent')
}

/** @param ms since the first byte */
export function progressLine(sent: number, size: number, ms: number): string {
  const share = Math.floor((100 * sent) / Math.max(size, 1))
  const left = Math.ceil(((size - sent) * ms) / Math.max(sent, 1) / 1000)
  return `${share} %  ${bytesWords(sent)} of ${bytesWords(size)}  ${bytesWords((sent * 1000) / ms)}/s  ${left} s left`
}
