import { randomBytes } from 'node:crypto'
import type { Artifacts } from '@unroll/artifacts'
import { newId, type Dataset, type SequenceDataset, type TextDataset } from '@unroll/contract'
import { ingestApart, type Ingested, type IngestOptions } from '@unroll/datasets'
import type { Services } from '../types.ts'
import { bounded } from './size.ts'
import { TextInspection } from './text.ts'

/** The key that a data set's bytes are kept under. */
export function datasetKey(id: string): string {
  return `datasets/${id}`
}

/** What is known of a data set before it is stored. */
export type Unstored<Kind extends Dataset> = Omit<Kind, 'id' | 'object' | 'name' | 'created_at' | 'stored_bytes'>

/** An upload that is being read. */
export interface Upload<Kind extends Dataset> {
  /** The bytes that are kept of it. */
  bytes: AsyncIterable<Uint8Array>
  /** What was found in it, once the bytes have ended. */
  found: (stored: { bytes: number; sha256: string }) => Unstored<Kind>
}

/**
 * Reads a text.
 *
 * @throws {UnrollError} while its bytes are taken: DATASET_TOO_LARGE, DATASET_NOT_UTF8, DATASET_EMPTY
 */
export function readText(source: AsyncIterable<Uint8Array>, maxBytes: number): Upload<TextDataset> {
  const inspection = new TextInspection()
  return {
    bytes: inspection.of(bounded(source, maxBytes)),
    found: ({ bytes, sha256 }) => ({
      kind: 'text',
      bytes,
      sha256,
      characters: inspection.characters,
      vocabulary_size: inspection.vocabularySize,
    }),
  }
}

/**
 * Reads sequences.
 *
 * @throws {UnrollError} while its bytes are taken: DATASET_TOO_LARGE, DATASET_EMPTY, DATASET_INVALID
 */
export function readSequences(
  source: AsyncIterable<Uint8Array>,
  maxBytes: number,
  options: IngestOptions,
): Upload<SequenceDataset> {
  let ingested: Ingested | undefined
  return {
    bytes: (async function* () {
      ingested = yield* ingestApart(bounded(source, maxBytes), { ...options, maxUnpackedBytes: maxBytes })
    })(),
    found: () => {
      if (ingested === undefined) throw new Error('Cannot say what is in sequences that were not read')
      const { schema, bytes, sha256 } = ingested
      return { kind: 'sequences', format: options.format, bytes, sha256, ...schema }
    },
  }
}

/**
 * Stores a data set: its bytes first, its record last, so that every data set that is listed can be read.
 * Nothing is left of one that is refused or that breaks off.
 *
 * @param name the id unless given
 * @throws {UnrollError} what its reading throws
 */
export async function storeDataset(
  { store, artifacts }: Services,
  upload: Upload<TextDataset> | Upload<SequenceDataset>,
  name?: string,
): Promise<Dataset> {
  const id = newId('dataset', Date.now(), randomBytes(16))
  const stored = await artifacts.put(datasetKey(id), upload.bytes)
  const found = upload.found(stored)
  const dataset: Dataset = {
    id,
    object: 'dataset',
    name: name ?? id,
    ...(found.kind === 'text' ? found : { ...found, stored_bytes: stored.bytes }),
    created_at: new Date().toISOString(),
  }
  await store.datasets.put(dataset).catch((error: unknown) => discard(artifacts, id, error))
  return dataset
}

async function discard(artifacts: Artifacts, id: string, error: unknown): Promise<never> {
  await artifacts.delete(datasetKey(id))
  throw error
}
