import { randomBytes } from 'node:crypto'
import { Digest, datasetKey } from '@unroll/artifacts'
import {
  newId,
  type Dataset,
  type DatasetDryRun,
  type SampleSequence,
  type SequenceDataset,
  type TextDataset,
} from '@unroll/contract'
import { ingestApart, type Ingested, type IngestOptions } from '@unroll/datasets'
import type { Idempotency } from '@unroll/store'
import type { Services } from '../types.ts'
import { TextInspection } from './text.ts'

/** What is found in an upload. */
type Found =
  | Omit<TextDataset, keyof Recorded>
  | (Omit<SequenceDataset, keyof Recorded | 'stored_bytes'> & { samples: SampleSequence[] })
type Recorded = Pick<Dataset, 'id' | 'object' | 'name' | 'created_at'>

/** An upload that is being read. */
export interface Upload {
  /** The bytes that are kept of it. */
  bytes: AsyncIterable<Uint8Array>
  /** What is in it, once the bytes have ended. @param kept of those bytes */
  found: (kept: { bytes: number; sha256: string }) => Found
}

/**
 * Reads a text, which is kept as it is.
 *
 * @throws {UnrollError} while its bytes are taken: DATASET_NOT_UTF8, what `source` throws
 */
export function readText(source: AsyncIterable<Uint8Array>): Upload {
  const inspection = new TextInspection()
  return { bytes: inspection.of(source), found: (kept) => ({ kind: 'text', ...kept, ...inspection.result() }) }
}

/**
 * Reads sequences.
 *
 * @throws {UnrollError} while its bytes are taken: DATASET_INVALID, what `source` throws
 */
export function readSequences(source: AsyncIterable<Uint8Array>, options: IngestOptions): Upload {
  const uploaded = new Digest()
  let ingested: Ingested | undefined
  return {
    bytes: (async function* () {
      ingested = yield* ingestApart(uploaded.of(source), options)
    })(),
    found: () => {
      if (ingested === undefined) throw new Error('Cannot say what is in sequences that were not read')
      const { schema, samples } = ingested
      return { kind: 'sequences', format: options.format, ...uploaded.result(), ...schema, samples }
    },
  }
}

/** Reads an upload and stores nothing. @throws {UnrollError} what its reading throws */
export async function tryDataset({ bytes, found }: Upload): Promise<DatasetDryRun> {
  const kept = new Digest()
  for await (const _ of kept.of(bytes));
  return { object: 'dry_run', ...found(kept.result()) }
}

/** How an upload is stored. */
export interface Storing {
  /** @default the id */
  name?: string | undefined
  /** The client's key, with a digest of what is stored. */
  idempotency?: (sha256: string) => Idempotency | undefined
}

/**
 * Stores a data set: its bytes first, its record last, so that every data set that is listed can be read.
 * Nothing is left of one that is refused or that breaks off, nor of one that was stored before under the same key.
 *
 * @throws {UnrollError} what its reading throws, IDEMPOTENCY_KEY_REUSED, IDEMPOTENCY_KEY_SPENT
 */
export async function storeDataset(
  { store, artifacts }: Services,
  upload: Upload,
  { name, idempotency }: Storing,
): Promise<{ dataset: Dataset; replayed: boolean }> {
  const id = newId('dataset', Date.now(), randomBytes(16))
  const stored = await artifacts.put(datasetKey(id), upload.bytes)
  const about = { id, object: 'dataset', name: name ?? id } as const
  const dataset = buildRecord(about, upload.found(stored), stored.bytes)
  try {
    const put = await store.datasets.put(dataset, idempotency?.(dataset.sha256))
    if (put.replayed) await artifacts.delete(datasetKey(id))
    return put
  } catch (error) {
    await artifacts.delete(datasetKey(id))
    throw error
  }
}

function buildRecord(about: Pick<Dataset, 'id' | 'object' | 'name'>, found: Found, storedBytes: number): Dataset {
  const created_at = new Date().toISOString()
  if (found.kind === 'text') return { ...about, ...found, created_at }
  const { samples: _, ...rest } = found // they are kept in the file
  return { ...about, ...rest, stored_bytes: storedBytes, created_at }
}
