import assert from 'node:assert/strict'
import { createHook } from 'node:async_hooks'
import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { UnrollError } from '@unroll/contract'
import { ingest } from './ingest.ts'
import { MOST_THREADS, ingestApart, readTextApart } from './ingest_apart.ts'
import { inChunks } from './testing/ingested.ts'

const LINES = Array.from({ length: 30_000 }, (_, n) => `{"inputs":[${n},${n + 1},${n + 2}],"label":"${n % 5}"}`)
const UPLOAD = Buffer.from(LINES.join('\n'))

async function drained<Found>(reading: AsyncGenerator<Uint8Array, Found>): Promise<{ bytes: Buffer; found: Found }> {
  const bytes: Uint8Array[] = []
  for (;;) {
    const next = await reading.next()
    if (next.done === true) return { bytes: Buffer.concat(bytes), found: next.value }
    bytes.push(Uint8Array.from(next.value))
  }
}

test('ingestApart() gives what ingest() gives, and leaves the event loop free meanwhile', async () => {
  let turns = 0
  const counter = setInterval(() => (turns += 1), 0)
  const apart = await drained(ingestApart(Readable.from(inChunks(UPLOAD, 65_536)), { format: 'jsonl' }))
  clearInterval(counter)
  const here = await drained(ingest(inChunks(UPLOAD, 65_536), { format: 'jsonl' }))
  assert.ok(apart.bytes.equals(here.bytes))
  assert.deepEqual(apart.found.found, here.found)
  const sha256 = createHash('sha256').update(UPLOAD).digest('hex')
  assert.deepEqual(apart.found.received, { bytes: UPLOAD.length, sha256 })
  assert.ok(turns > 0)
})

test('ingestApart() throws the faults of an upload, and what its source throws', async () => {
  const refused = drained(
    ingestApart(Readable.from(inChunks(Buffer.from('{"inputs":["x",1,2]}'))), { format: 'jsonl' }),
  )
  await assert.rejects(refused, (error) => error instanceof UnrollError && error.faults[0]?.column === 12)
  const gone = new Error('gone')
  const breaking = (async function* () {
    yield UPLOAD.subarray(0, 1_000)
    throw gone
  })()
  await assert.rejects(drained(ingestApart(Readable.from(breaking), { format: 'jsonl' })), (error) => error === gone)
})

test('ingestApart() ends the reading that nobody takes any more', async () => {
  let isReturned = false
  const source = (async function* () {
    try {
      for (;;) yield UPLOAD
    } finally {
      isReturned = true
    }
  })()
  for await (const _ of ingestApart(Readable.from(source), { format: 'jsonl' })) break
  assert.ok(isReturned)
})

test('ingestApart() ends a thread that says nothing for too long, and its place is free again', async () => {
  const long = Buffer.from(`{"inputs":[${'1.5,'.repeat(2_000_000)}1]}`)
  for (let upload = 0; upload <= MOST_THREADS; upload++) {
    const reading = drained(
      ingestApart(Readable.from(inChunks(long, 2 ** 20)), { format: 'jsonl' }, { mostSilentMs: 5 }),
    )
    await assert.rejects(
      reading,
      (error) => error instanceof UnrollError && /came to a stand/.test(error.faults[0]!.detail),
    )
  }
})

test('ingestApart() waits for a client that sends nothing for longer than a thread may say nothing', async () => {
  await drained(ingestApart(Readable.from([UPLOAD]), { format: 'jsonl' })) // a thread is loaded now, which takes a while
  const slow = (async function* () {
    yield UPLOAD.subarray(0, 600_000)
    await sleep(6_000)
    yield UPLOAD.subarray(600_000)
  })()
  const { found } = await drained(ingestApart(Readable.from(slow), { format: 'jsonl' }, { mostSilentMs: 5_000 }))
  assert.equal(found.received.bytes, UPLOAD.length)
})

test('readTextApart() gives the bytes of a text as they came, and what is in it', async () => {
  const { bytes, found } = await drained(
    readTextApart(Readable.from(inChunks(UPLOAD, 999_999)), { format: 'text', unit: 'character' }),
  )
  assert.ok(bytes.equals(UPLOAD))
  assert.deepEqual(found.found.characters, UPLOAD.length)
  const latin1 = drained(readTextApart(Readable.from(inChunks(Buffer.of(0xff))), { format: 'text', unit: 'character' }))
  await assert.rejects(latin1, { code: 'DATASET_NOT_UTF8' })
})

test(`uploads that come at once are read by no more than ${MOST_THREADS} threads, also those that follow a bad one`, async (t) => {
  let started = 0
  const hook = createHook({ init: (_, type) => void (started += Number(type === 'WORKER')) }).enable()
  t.after(() => hook.disable())
  const texts = Array.from({ length: 40 }, (_, n) => (n % 5 === 0 ? Buffer.from([0xff]) : Buffer.from(`text ${n}`)))
  const read = await Promise.allSettled(
    texts.map((text) => drained(readTextApart(Readable.from([text]), { format: 'text', unit: 'byte' }))),
  )
  assert.deepEqual(
    read.map((each) => (each.status === 'fulfilled' ? each.value.bytes : each.status)),
    texts.map((text, n) => (n % 5 === 0 ? 'rejected' : text)),
  )
  assert.ok(started <= MOST_THREADS, `${started} threads`)
})

test('an upload of which nothing comes holds no thread: others are read meanwhile', { timeout: 60_000 }, async () => {
  const silent = Array.from({ length: 2 * MOST_THREADS }, () => new Readable({ read() {} }))
  const waiting = silent.map((source) => drained(readTextApart(source, { format: 'text', unit: 'byte' })))
  const { found } = await drained(readTextApart(Readable.from([Buffer.from('ab')]), { format: 'text', unit: 'byte' }))
  assert.equal(found.received.bytes, 2)
  const gone = new Error('gone')
  for (const source of silent) source.destroy(gone)
  for (const each of waiting) await assert.rejects(each, (error) => error === gone)
})

test('readTextApart() reads an upload no faster than its pace, and all of it', async () => {
  const paced: number[] = []
  const pace = (bytes: number) => {
    paced.push(bytes)
    return paced.length % 2 === 0 ? undefined : Promise.resolve()
  }
  const source = Readable.from(inChunks(UPLOAD, 9_999))
  const { bytes: read } = await drained(readTextApart(source, { format: 'text', unit: 'character' }, { pace }))
  assert.ok(read.equals(UPLOAD))
  assert.equal(paced.length, Math.ceil(UPLOAD.length / 9_999))
})
