import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readEventStream, type EventStreamItem } from './event_stream.ts'

const READ: [text: string, items: EventStreamItem[]][] = [
  ['data: a\n\n', [{ id: '', type: 'message', data: 'a' }]],
  ['id: 1\nevent: b\ndata: c\n\n', [{ id: '1', type: 'b', data: 'c' }]],
  ['id: 1\ndata: a\n\ndata: b\n\n', [1, 2].map((n) => ({ id: '1', type: 'message', data: n === 1 ? 'a' : 'b' }))],
  ['data: a\r\ndata:b\rdata:  c\n\r\n', [{ id: '', type: 'message', data: 'a\nb\n c' }]],
  ['retry: 20\n:comment\n\nretry: soon\n\n', [{ retryMs: 20 }]],
  ['event: none\n\ndata\n\n', [{ id: '', type: 'message', data: '' }]],
  ['id: a\0b\ndata: λ→∞\n\ndata: cut off', [{ id: '', type: 'message', data: 'λ→∞' }]],
]
for (const [text, items] of READ) {
  for (const size of [1, 2, 1_000]) {
    test(`readEventStream() reads ${JSON.stringify(text)} in pieces of ${size} bytes`, async () => {
      const read: EventStreamItem[] = []
      for await (const item of readEventStream(piecesOf(new TextEncoder().encode(`\uFEFF${text}`), size)))
        read.push(item)
      assert.deepEqual(read, items)
    })
  }
}

async function* piecesOf(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}
