import { createHash } from 'node:crypto'
import {
  UPLOADS,
  collect,
  once,
  outcomeKey,
  partKey,
  readClock,
  readUploadName,
  uploadFolder,
  type Artifacts,
  type ListedArtifact,
} from '@unroll/artifacts'
import { DEFAULT_OWNER, UnrollError, unless, type Dataset, type Upload } from '@unroll/contract'
import type { OwnerLimits } from '@unroll/store'
import type { Pace } from '../limits/pace.ts'
import type { Services } from '../types.ts'
import { bounded, refuseSize } from './size.ts'

// An upload that is sent in parts is kept as artifacts, one for each part, named by the offset it starts at. They say themselves how
// far the upload is: nothing is lost with a process, and another one may take the next part.

type Kept = Pick<Services, 'artifacts' | 'store'>

/** Time for which parts are kept. */
const LASTS_MS = 7 * 86_400_000

/**
 * The name under which an upload of an owner is kept: owners choose keys without knowing those of others. That of the
 * default owner is the key itself; any other is longer than a key can be.
 */
export function nameUpload(key: string, owner: string): string {
  return owner === DEFAULT_OWNER ? key : `o${createHash('sha512').update(`${owner}\n${key}`).digest('hex')}`
}

/** How far an upload is, and what it became. */
export async function readUploadState(
  { artifacts, store }: Pick<Services, 'artifacts' | 'store'>,
  key: string,
): Promise<Omit<Upload, 'key'>> {
  const offset = await readOffset(artifacts, key)
  const dataset = offset === 0 ? await findOutcome({ artifacts, store }, key) : undefined
  return { object: 'upload', offset, ...(dataset !== undefined && { dataset: dataset.id }) }
}

/** The data set that an upload became; undefined where it became none, or one that was deleted since. */
export async function findOutcome(
  { artifacts, store }: Pick<Services, 'artifacts' | 'store'>,
  key: string,
): Promise<Dataset | undefined> {
  if ((await artifacts.head(outcomeKey(key))) === undefined) return undefined
  const id = (await collect(await artifacts.get(outcomeKey(key)))).toString('utf8')
  return await unless('DATASET_NOT_FOUND', store.datasets.get(id))
}

/** Keeps what an upload became in place of its parts. */
export async function endUpload({ artifacts, store }: Kept, key: string, dataset: string): Promise<void> {
  await artifacts.put(outcomeKey(key), once(Buffer.from(dataset)))
  await deleteParts({ artifacts, store }, key)
}

/** Bytes of an upload that have arrived without a gap. */
async function readOffset(artifacts: Artifacts, key: string): Promise<number> {
  return (await listParts(artifacts, key)).reduce((sum, { bytes }) => sum + bytes, 0)
}

/**
 * Takes the next part of an upload, whole or not at all.
 *
 * @returns the offset of the part after it
 * @throws {UnrollError} UPLOAD_OFFSET_WRONG, DATASET_EMPTY for a part without bytes, DATASET_TOO_LARGE, QUOTA_EXCEEDED
 */
export async function takePart(
  { artifacts, store }: Kept,
  { key, offset, owner }: { key: string; offset: number; owner: string },
  source: AsyncIterable<Uint8Array>,
  { maxBytes, pace, limits }: { maxBytes: number; pace: Pace; limits: OwnerLimits },
): Promise<number> {
  const expected = await readOffset(artifacts, key)
  if (offset !== expected) throw wrongOffset(offset, expected)
  if (offset === 0) await artifacts.delete(outcomeKey(key))
  const { bytes } = await artifacts.put(partKey(key, offset), bounded(source, refuseSize(maxBytes - offset), pace))
  await store.stored.putUpload(owner, key, offset + bytes, limits).catch(async (error: unknown) => {
    await artifacts.delete(partKey(key, offset))
    throw error
  })
  return offset + bytes
}

/**
 * The bytes of an upload, part after part.
 *
 * @param isWanted whether somebody still waits for what they become: whoever asks again would have them read twice at once
 */
export async function* readParts(
  artifacts: Artifacts,
  key: string,
  isWanted: () => boolean,
): AsyncGenerator<Uint8Array> {
  for (const part of await listParts(artifacts, key))
    for await (const chunk of await artifacts.get(part.key)) {
      if (!isWanted()) throw new Error('Cannot read an upload on as the client is gone')
      yield chunk
    }
}

/** Deletes the parts of an upload, the last first: what is left in between can be gone on with. */
export async function deleteParts({ artifacts, store }: Kept, key: string): Promise<void> {
  await store.stored.dropUpload(key)
  for (const part of (await listSorted(artifacts, key)).toReversed()) await artifacts.delete(part.key)
}

/** Deletes parts that have been kept for seven days. @returns how many */
export async function expireParts({ artifacts, store }: Kept): Promise<number> {
  let [now, deleted] = [undefined as number | undefined, 0]
  for await (const { key, writtenAt } of artifacts.list(UPLOADS)) {
    now ??= await readClock(artifacts, 'uploads')
    if (now - writtenAt < LASTS_MS) continue
    await store.stored.dropUpload(readUploadName(key))
    await artifacts.delete(key)
    deleted += 1
  }
  return deleted
}

/** Those that follow each other from the start. */
async function listParts(artifacts: Artifacts, key: string): Promise<ListedArtifact[]> {
  const parts: ListedArtifact[] = []
  let offset = 0
  for (const part of await listSorted(artifacts, key)) {
    if (part.key !== partKey(key, offset)) break
    parts.push(part)
    offset += part.bytes
  }
  return parts
}

async function listSorted(artifacts: Artifacts, key: string): Promise<ListedArtifact[]> {
  const parts: ListedArtifact[] = []
  for await (const part of artifacts.list(uploadFolder(key))) if (part.key !== outcomeKey(key)) parts.push(part)
  return parts.toSorted((a, b) => (a.key < b.key ? -1 : 1))
}

function wrongOffset(offset: number, expected: number): UnrollError {
  const detail = `Must be ${expected}, as so many bytes have arrived: current value is ${offset}`
  return new UnrollError('UPLOAD_OFFSET_WRONG', 'Cannot take a part of an upload that does not follow the last one', {
    faults: [{ pointer: 'upload-offset', detail, value: offset }],
  })
}
