import { randomBytes } from 'node:crypto'
import type { Artifacts } from '@unroll/artifacts'
import { newId, type Dataset } from '@unroll/contract'
import type { Services } from '../types.ts'
import { TextInspection } from './text.ts'

/** The key of a data set's bytes in the artifact store. */
export function datasetKey(id: string): string {
  return `datasets/${id}`
}

/**
 * Stores a text as a data set: the bytes first, the record last, so that every listed data set is readable. A refused
 * or interrupted upload leaves nothing.
 *
 * @param name the id unless given
 * @throws {UnrollError} DATASET_TOO_LARGE, DATASET_NOT_UTF8, DATASET_EMPTY
 */
export async function storeText(
  { store, artifacts, maxDatasetBytes }: Services,
  source: AsyncIterable<Uint8Array>,
  name?: string,
): Promise<Dataset> {
  const id = newId('dataset', Date.now(), randomBytes(16))
  const inspection = new TextInspection({ maxBytes: maxDatasetBytes })
  const { bytes, sha256 } = await artifacts.put(datasetKey(id), inspection.of(source))
  const dataset: Dataset = {
    id,
    object: 'dataset',
    name: name ?? id,
    kind: 'text',
    bytes,
    sha256,
    characters: inspection.characters,
    vocabulary_size: inspection.vocabularySize,
    created_at: new Date().toISOString(),
  }
  await store.datasets.put(dataset).catch((error: unknown) => discard(artifacts, id, error))
  return dataset
}

async function discard(artifacts: Artifacts, id: string, error: unknown): Promise<never> {
  await artifacts.delete(datasetKey(id))
  throw error
}
