import { randomBytes } from 'node:crypto'
import type { Artifacts } from '@unroll/artifacts'
import { newId, type Dataset } from '@unroll/contract'
import type { Services } from '../types.ts'
import { TextInspection } from './text.ts'

/** The key that a data set's bytes are kept under. */
export function datasetKey(id: string): string {
  return `datasets/${id}`
}

/**
 * Stores a text as a data set: its bytes first, its record last, so that every data set that is listed can be read.
 * Nothing is left of a text that is refused or that breaks off.
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
