import { deleteCheckpoint, staleCheckpoints, type Artifacts, type CheckpointPlace } from '@unroll/artifacts'
import { failpoint } from '@unroll/failpoints'
import type { Checkpoint, CheckpointPolicy } from '@unroll/contract'
import type { Store } from '@unroll/store'
import type { Logger } from 'pino'

/**
 * An attempt's hand on the checkpoints of its job: which of them count, by the store, and that the bytes of the others go.
 * Bytes are deleted only once the store can no longer forget that they do not count; if that fails, the next attempt
 * sweeps them up.
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

  /** Has a checkpoint count, whose rows are all in the store. @throws {UnrollError} STORE_UNAVAILABLE */
  async register(checkpoint: Checkpoint): Promise<'registered' | 'fenced'> {
    failpoint('checkpoint.before_register')
    const outcome = await this.#store.checkpoints.register(checkpoint, this.#policy)
    failpoint('checkpoint.after_register')
    void this.#delete(outcome === 'fenced' ? [checkpoint] : outcome.dropped)
    return outcome === 'fenced' ? 'fenced' : 'registered'
  }

  /** Deletes what the attempts before `epoch` left behind beside the checkpoints that count. */
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
