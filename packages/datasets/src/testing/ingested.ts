import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { UnrollError, type Fault } from '@unroll/contract'
import { openSequences, type SequenceFile } from '../arrow/open.ts'
import { ingest, type Ingested } from '../ingest.ts'
import type { IngestOptions } from '../options.ts'

/** Bytes in chunks of a size, as a connection cuts them. */
export async function* inChunks(bytes: Uint8Array, size: number = bytes.length): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

/** An upload read to its end, and the file that it is kept as, opened until the test ends. */
export async function ingested(
  t: TestContext,
  upload: string | Uint8Array,
  options: IngestOptions,
  chunk?: number,
): Promise<{ found: Ingested; file: SequenceFile; path: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'unroll-datasets-'))
  const path = join(folder, 'sequences.arrow')
  t.after(() => rmSync(folder, { recursive: true }))
  const { found, bytes } = await read(upload, options, chunk)
  writeFileSync(path, bytes)
  const file = openSequences(path)
  t.after(() => file.close())
  return { found, file, path }
}

async function read(
  upload: string | Uint8Array,
  options: IngestOptions,
  chunk?: number,
): Promise<{ found: Ingested; bytes: Buffer }> {
  const reading = ingest(inChunks(Buffer.from(upload), chunk), options)
  const bytes: Uint8Array[] = []
  for (;;) {
    const next = await reading.next()
    if (next.done === true) return { found: next.value, bytes: Buffer.concat(bytes) }
    bytes.push(next.value)
  }
}

/** The faults of an upload that is refused. */
export async function faultsOf(
  upload: string | Uint8Array,
  options: IngestOptions,
): Promise<{ faults: readonly Fault[]; count: number; message: string }> {
  const refusal = await read(upload, options).then(
    ({ found }) => assert.fail(`The upload was taken: ${JSON.stringify(found.schema.fields)}`),
    (error: unknown) => error,
  )
  if (!(refusal instanceof UnrollError) || refusal.code !== 'DATASET_INVALID') throw refusal
  return { faults: refusal.faults, count: refusal.faultCount, message: refusal.message }
}

/** Every number of a field, sequence by sequence. */
export function stepsOf(file: SequenceFile, field: string): number[][] {
  return Array.from(file.lengths, (length, index) => Array.from(file.stepNumbers(index, field, 0, length)))
}
