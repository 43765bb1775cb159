import { randomBytes } from 'node:crypto'
import { readClock, type ListedArtifact } from '@unroll/artifacts'
import type { Garbage } from '@unroll/contract'
import type { Deleting } from '../jobs/deletion.ts'
import { expirableJobs, expireJobs, expireSweeps, type Expired } from '../jobs/retention.ts'
import { FOLDERS } from './kinds.ts'
import { ArtifactReferences } from './references.ts'

/** Longer than any pause of a writer between an artifact and its record. */
export const GRACE_MS = 3_600_000
const DAY_MS = 86_400_000
/** Maximal number of deletions of one request. */
const MOST = { orphans: 1_000, jobs: 100 }
/** Number of items that are listed by name. */
const MOST_ITEMS = 1_000

/**
 * Deletes artifacts without a record and jobs older than the retention, or only lists them. A repeated call continues
 * the work, and any number of calls may run at the same time. Artifacts of the newest attempt of an unfinished job stay
 * whatever their age, all others for `GRACE_MS`.
 *
 * @throws {UnrollError} STORE_UNAVAILABLE
 * @throws {ArtifactReadError | ArtifactWriteError}
 */
export async function collectGarbage(
  services: Deleting & { retentionMs: number | null },
  { isTrial }: { isTrial: boolean },
): Promise<Garbage> {
  const { store, artifacts, retentionMs, deletions } = services
  const now = await readClock(artifacts, `gc-${randomBytes(6).toString('hex')}`)
  const most = isTrial ? { orphans: Infinity, jobs: Infinity } : MOST
  const jobs = new Tally(({ id, endedAt, bytes }: Expired) => ({ id, finished_at: isoTime(endedAt), bytes }))
  if (retentionMs !== null) {
    const expired = isTrial ? expirableJobs(services, retentionMs) : expireJobs(services, retentionMs)
    await jobs.addAll(expired, most.jobs)
  }
  const orphans = new Tally(({ key, bytes, writtenAt }: ListedArtifact) => ({
    key,
    bytes,
    written_at: isoTime(writtenAt),
  }))
  await orphans.addAll(collectOrphans(services, now - GRACE_MS, isTrial), most.orphans)
  if (!isTrial && orphans.count > 0) deletions.tell('orphan', { artifacts: orphans.count, bytes: orphans.bytes })
  return {
    object: 'garbage',
    dry_run: isTrial,
    as_of: isoTime(now),
    grace_seconds: GRACE_MS / 1_000,
    retention_days: retentionMs === null ? null : retentionMs / DAY_MS,
    orphans: orphans.told(),
    jobs: jobs.told(),
    sweeps: await collectSweeps(store, retentionMs, isTrial),
    has_more: jobs.count === most.jobs || orphans.count === most.orphans,
  }
}

/**
 * Artifacts without a record, written before a time; each is deleted before it is yielded, unless this is a dry run.
 */
async function* collectOrphans(
  { store, artifacts }: Deleting,
  writtenBefore: number,
  isTrial: boolean,
): AsyncGenerator<ListedArtifact> {
  const references = new ArtifactReferences(store)
  for (const folder of FOLDERS) {
    for await (const artifact of artifacts.list(folder)) {
      if (artifact.writtenAt > writtenBefore || !(await references.isOrphan(artifact))) continue
      if (!isTrial) await artifacts.delete(artifact.key)
      yield artifact
    }
  }
}

async function collectSweeps(
  store: Deleting['store'],
  retentionMs: number | null,
  isTrial: boolean,
): Promise<string[]> {
  if (retentionMs === null) return []
  return isTrial ? await store.ended.emptySweeps(retentionMs) : await expireSweeps(store, retentionMs)
}

/** The number of items, their bytes, and the first of them. */
class Tally<Thing extends { bytes: number }, Item> {
  count = 0
  bytes = 0
  readonly #items: Item[] = []
  readonly #itemOf: (thing: Thing) => Item

  constructor(itemOf: (thing: Thing) => Item) {
    this.#itemOf = itemOf
  }

  async addAll(things: AsyncIterable<Thing>, most: number): Promise<void> {
    for await (const thing of things) {
      this.count += 1
      this.bytes += thing.bytes
      if (this.count <= MOST_ITEMS) this.#items.push(this.#itemOf(thing))
      if (this.count === most) return
    }
  }

  told(): { count: number; bytes: number; items: Item[] } {
    return { count: this.count, bytes: this.bytes, items: this.#items }
  }
}

function isoTime(ms: number): string {
  return new Date(ms).toISOString()
}
