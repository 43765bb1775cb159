import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { planSequences, usesDataset, type JobSpec } from '@unroll/contract'
import { ingest, openSequences } from '@unroll/datasets'
import type { OpenedDataset } from '@unroll/tasks'

/** Sequences, a line each, read and opened as the service does it. */
export async function openLines({ data }: JobSpec, lines: readonly object[]): Promise<OpenedDataset> {
  assert.ok(usesDataset(data))
  const reading = ingest(upload(lines), { format: 'jsonl' })
  const bytes: Uint8Array[] = []
  let next = await reading.next()
  for (; next.done !== true; next = await reading.next()) bytes.push(next.value)
  const planned = planSequences(data, next.value.schema)
  assert.ok('plan' in planned, JSON.stringify(planned))
  const folder = mkdtempSync(join(tmpdir(), 'unroll-lines-'))
  try {
    const path = join(folder, 'sequences.arrow')
    writeFileSync(path, Buffer.concat(bytes))
    return { sequences: openSequences(path), plan: planned.plan }
  } finally {
    rmSync(folder, { recursive: true }) // it stays open
  }
}

async function* upload(lines: readonly object[]): AsyncGenerator<Uint8Array> {
  yield Buffer.from(lines.map((line) => JSON.stringify(line)).join('\n'))
}
