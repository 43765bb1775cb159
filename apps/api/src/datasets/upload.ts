import { randomBytes } from 'node:crypto'
import type { Readable } from 'node:stream'
import { datasetKey } from '@unroll/artifacts'
import {
  newId,
  type Dataset,
  type DatasetDryRun,
  type SampleSequence,
  type SequenceDataset,
  type TextDataset,
} from '@unroll/contract'
import { ingestApart, readTextApart, type IngestOptions, type Intake, type TextOptions } from '@unroll/datasets'
import type { Idempotency, OwnerLimits } from '@unroll/store'
import type { Pace } from '../limits/pace.ts'
import { deleteUnrecorded } from '../storage/unrecorded.ts'
import type { Services } from '../types.ts'
import { refuseSize } from './size.ts'

/** What is found in an upload. */
type Found =
  | Omit<TextDataset, keyof Recorded>
  | (Omit<SequenceDataset, keyof Recorded | 'stored_bytes'> & { samples: SampleSequence[] })
type Recorded = Pick<Dataset, 'id' | 'object' | 'name' | 'created_at'>

/** The bytes that are kept of an upload, and at their end what is in it. */
export type Upload = AsyncGenerator<Uint8Array, Found>

/**
 * Reads an upload: a text, which is kept as it is, or sequences.
 *
 * @param bounds.maxBytes that it may have, and that an archive may unpack to
 * @param bounds.pace how fast it is read
 * @throws {UnrollError} while its bytes are taken: DATASET_EMPTY, DATASET_TOO_LARGE, DATASET_NOT_UTF8, DATASET_INVALID, what
 *   `source` throws
 */
export function readUpload(
  source: Readable,
  options: IngestOptions | TextOptions,
  { maxBytes, pace }: { maxBytes: number; pace?: Pace },
): Upload {
  const intake = { refuse: refuseSize(maxBytes), pace }
  return options.format === 'text'
    ? readTextUpload(source, options, intake)
    : readSequences(source, { ...options, maxUnpackedBytes: maxBytes }, intake)
}

async function* readTextUpload(source: Readable, options: TextOptions, intake: Intake): Upload {
  const { received, found } = yield* readTextApart(source, options, intake)
  return { kind: 'text', ...received, ...found }
}

async function* readSequences(source: Readable, options: IngestOptions, intake: Intake): Upload {
  const { received, found } = yield* ingestApart(source, options, intake)
  return { kind: 'sequences', format: options.format, ...received, ...found.schema, samples: found.samples }
}

/** Reads an upload and stores nothing. @throws {UnrollError} what its reading throws */
export async function tryDataset(upload: Upload): Promise<DatasetDryRun> {
  for (;;) {
    const next = await upload.next()
    if (next.done === true) return { object: 'dry_run', ...next.value }
  }
}

/** How an upload is stored. */
export interface Storing {
  /** @default the id */
  name?: string | undefined
  /** Whom it belongs to. */
  owner: string
  /** @default no limits */
  limits?: OwnerLimits
  /** The client's key, with a digest of what is stored. */
  idempotency?: (sha256: string) => Idempotency | undefined
}

/**
 * Stores a data set: its bytes first, its record last, so that every data set that is listed can be read.
 * Nothing is left of one that is refused or that breaks off, nor of one that was stored before under the same key.
 *
 * @throws {UnrollError} what its reading throws, QUOTA_EXCEEDED, IDEMPOTENCY_KEY_REUSED, IDEMPOTENCY_KEY_SPENT
 */
export async function storeDataset(
  { store, artifacts }: Services,
  upload: Upload,
  { name, owner, limits, idempotency }: Storing,
): Promise<{ dataset: Dataset; replayed: boolean }> {
  const id = newId('dataset', Date.now(), randomBytes(16))
  const kept: { found?: Found } = {}
  const { bytes } = await artifacts.put(datasetKey(id), keepFound(upload, kept))
  if (kept.found === undefined) throw new Error('Cannot say what is in an upload that was not read to its end')
  const about = { id, object: 'dataset', name: name ?? id } as const
  const dataset = buildRecord(about, kept.found, bytes)
  const remove = async () => {
    await artifacts.delete(datasetKey(id))
    await store.stored.drop(owner, [id])
  }
  try {
    await store.stored.put(owner, id, bytes, limits)
    const put = await store.datasets.put(dataset, { owner, idempotency: idempotency?.(dataset.sha256) })
    if (put.replayed) await remove()
    return put
  } catch (error) {
    await deleteUnrecorded(error, { find: () => store.datasets.get(id), remove })
    throw error
  }
}

/** Passes on the bytes of an upload, and keeps what was found in it. */
async function* keepFound(upload: Upload, kept: { found?: Found }): AsyncGenerator<Uint8Array> {
  kept.found = yield* upload
}

function buildRecord(about: Pick<Dataset, 'id' | 'object' | 'name'>, found: Found, storedBytes: number): Dataset {
  const created_at = new Date().toISOString()
  if (found.kind === 'text') return { ...about, ...found, created_at }
  const { samples: _, ...rest } = found // they are kept in the file
  return { ...about, ...rest, stored_bytes: storedBytes, created_at }
}
