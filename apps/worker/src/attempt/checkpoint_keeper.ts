import { deleteCheckpoint, staleCheckpoints, type Artifacts, type CheckpointPlace } from '@unroll/artifacts'
import { failpoint } from '@unroll/failpoints'
import type { Checkpoint, CheckpointPolicy } from '@unroll/contract'
import type { Store } from '@unroll/store'
import type { Logger } from 'pino'

/**
 * Registers the checkpoints of an attempt in the store, and deletes the bytes of dropped ones. Bytes are deleted only
 * once the store can no longer forget that they are dropped; if that fails, the next attempt deletes them.
 */
export class CheckpointKeeper {
  readonly #store: Store
  readonly #artifacts: Artifacts
  readonly #policy: CheckpointPolicy
  readonly #log: Logger

  constructor(store: Store, artifacts: Artifacts, policy: CheckpointPolicy, log: Logger) {
    this.#store = store
    this.#artifacts = artifacts
    this.#policy = policy
    this.#log = log
  }

  /** Registers a checkpoint whose rows are all in the store. @throws {UnrollError} STORE_UNAVAILABLE */
  async register(checkpoint: Checkpoint): Promise<'registered' | 'fenced'> {
    failpoint('checkpoint.before_register')
    const outcome = await this.#store.checkpoints.register(checkpoint, this.#policy)
    failpoint('checkpoint.after_register')
    void this.#delete(outcome === 'fenced' ? [checkpoint] : outcome.dropped)
    return outcome === 'fenced' ? 'fenced' : 'registered'
  }

  /** Deletes artifacts of attempts before `epoch` that belong to no registered checkpoint. */
  async sweep(job: string, epoch: number, counting: readonly Checkpoint[]): Promise<void> {
    try {
      for await (const place of staleCheckpoints(this.#artifacts, { job, epoch }, counting)) await this.#delete([place])
    } catch (error) {
      this.#log.warn(error, 'left-over checkpoints not listed')
    }
  }

  async #delete(places: readonly CheckpointPlace[]): Promise<void> {
    if (places.length === 0) return
    try {
      await this.#store.durable()
      for (const place of places) await deleteCheckpoint(this.#artifacts, place)
    } catch (error) {
      this.#log.warn({ err: error, checkpoints: places.map(({ id }) => id) }, 'checkpoints not deleted yet')
    }
  }
}
