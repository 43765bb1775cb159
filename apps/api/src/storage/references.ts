import { TRIED, UPLOADS, type ListedArtifact } from '@unroll/artifacts'
import { unless } from '@unroll/contract'
import { readSegmentName, type Timeline, type Store } from '@unroll/store'

/** The references of the records of a job, and those that its attempts may still make. */
interface References {
  /** Of the newest attempt. */
  epoch: number
  hasEnded: boolean
  /** Keys of segments and pyramids. */
  keys: ReadonlySet<string>
  /** Ids of checkpoints. */
  checkpoints: ReadonlySet<string>
}

/**
 * Distinguishes artifacts that a record references, or may still reference, from others. Requests for one job are
 * cheapest in a row.
 */
export class ArtifactReferences {
  readonly #store: Store
  /** The last requested job. */
  #last: { id: string; references: References | undefined } | undefined

  constructor(store: Store) {
    this.#store = store
  }

  /**
   * Whether no record references an artifact that was listed before this call.
   *
   * @throws {UnrollError} STORE_UNAVAILABLE
   */
  async isOrphan({ key }: ListedArtifact): Promise<boolean> {
    const [folder, id = '', part, ...names] = key.split('/')
    if (folder === TRIED) return true
    if (folder === UPLOADS) return false // they expire by their own age
    if (folder === 'datasets') return (await unless('DATASET_NOT_FOUND', this.#store.datasets.get(id))) === undefined
    if (folder === 'weights') return (await unless('WEIGHTS_NOT_FOUND', this.#store.weights.get(id))) === undefined
    if (folder === 'sessions') return (await this.#store.sessions.findCheckpoint(id))?.key !== key
    if (folder === 'models') return !(await this.#store.models.has(id))
    const references = await this.#of(id)
    if (references === undefined) return true
    const [first = '', second = ''] = names
    if (part === 'checkpoints') return !references.checkpoints.has(second) && isOver(references, Number(first))
    if (part === 'metrics') return !references.keys.has(key) && isOver(references, Number.parseInt(second, 10))
    return false // a newer release may know it
  }

  async #of(id: string): Promise<References | undefined> {
    if (this.#last?.id !== id) this.#last = { id, references: await unless('JOB_NOT_FOUND', this.#read(id)) }
    return this.#last.references
  }

  async #read(id: string): Promise<References> {
    const { jobs, metrics, checkpoints } = this.#store
    const { epoch, done } = await metrics.head(id)
    const lines = [await metrics.line(id, 'scalars'), await metrics.line(id, 'flow')]
    const { data } = await checkpoints.list(id, { limit: Number.MAX_SAFE_INTEGER })
    const fork = await jobs.findFork(id)
    const kept = new Set(
      [...data, ...(fork?.checkpoint ? [fork.checkpoint.copy] : [])].map((checkpoint) => checkpoint.id),
    )
    return { epoch, hasEnded: done, keys: new Set(lines.flatMap(listKeys)), checkpoints: kept }
  }
}

/**
 * Whether the attempt that wrote an artifact can no longer make a record reference it: only the newest attempt can,
 * until the job ends.
 */
function isOver({ epoch, hasEnded }: References, ofEpoch: number): boolean {
  return hasEnded || ofEpoch < epoch
}

function listKeys({ frames, pyramid }: Timeline): string[] {
  return [...frames.flatMap((frame) => readSegmentName(frame) ?? []), ...(pyramid === undefined ? [] : [pyramid.name])]
}
