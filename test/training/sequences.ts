import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { planSequences, usesDataset, type JobSpec, type SequenceSchema } from '@unroll/contract'
import { ingest, openSequences, type IngestOptions } from '@unroll/datasets'
import type { OpenedDataset } from '@unroll/tasks'

/** Sequences, a line each, read and opened as the service does it. */
export async function openLines(spec: JobSpec, lines: readonly object[]): Promise<OpenedDataset> {
  return (await openUpload(spec, asJsonl(lines), { format: 'jsonl' })).opened
}

/** An upload that is read and opened as the service does it, and what was found in it. */
export async function openUpload(
  { data }: JobSpec,
  source: AsyncIterable<Uint8Array>,
  options: IngestOptions,
): Promise<{ opened: OpenedDataset; schema: SequenceSchema }> {
  assert.ok(usesDataset(data))
  const reading = ingest(source, options)
  const bytes: Uint8Array[] = []
  let next = await reading.next()
  for (; next.done !== true; next = await reading.next()) bytes.push(next.value)
  const { schema } = next.value
  const planned = planSequences(data, schema)
  assert.ok('plan' in planned, JSON.stringify(planned))
  const folder = mkdtempSync(join(tmpdir(), 'unroll-upload-'))
  try {
    const path = join(folder, 'sequences.arrow')
    writeFileSync(path, Buffer.concat(bytes))
    return { opened: { sequences: openSequences(path), plan: planned.plan }, schema }
  } finally {
    rmSync(folder, { recursive: true }) // it stays open
  }
}

async function* asJsonl(lines: readonly object[]): AsyncGenerator<Uint8Array> {
  yield Buffer.from(lines.map((line) => JSON.stringify(line)).join('\n'))
}
