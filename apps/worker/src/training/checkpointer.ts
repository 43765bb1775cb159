import { randomBytes } from 'node:crypto'
import { checkpointFiles, writeCheckpoint, type Artifacts, type CheckpointFiles } from '@unroll/artifacts'
import { UPDATES_TEXT, newId, toJsonNumber, type Checkpoint, type CheckpointManifest } from '@unroll/contract'
import type { Occasion, RunPosition, RunState } from '@unroll/trainer'
import { summarySeries } from '../attempt/summary_series.ts'

/** Receives each checkpoint, in the order of steps. */
export interface CheckpointListener {
  written: (checkpoint: Checkpoint) => void
  /** A checkpoint that could not be written while the run continues; the one before is intact. */
  failed: (step: number, error: unknown) => void
}

/** The run whose states are written. */
interface CheckpointedRun {
  about: Pick<CheckpointManifest, 'job' | 'epoch' | 'engine'>
  /** What goes along with the tensors, such as the classes that outputs stand for. */
  decoding: Readonly<Record<string, string>>
  /** The step that it goes on from, whose state is kept already. */
  fromStep: number
}

/**
 * Writes the states that a run offers: one at a time, in parallel with training. Only the state of an ended run must be
 * stored: if it cannot be, `offer` throws.
 */
export class Checkpointer {
  readonly #artifacts: Artifacts
  readonly #run: CheckpointedRun
  readonly #listener: CheckpointListener
  #keptStep: number
  #writing: Promise<void> = Promise.resolve()

  constructor(artifacts: Artifacts, run: CheckpointedRun, listener: CheckpointListener) {
    this.#artifacts = artifacts
    this.#run = run
    this.#keptStep = run.fromStep
    this.#listener = listener
  }

  /** @throws {ArtifactWriteError} when the run has ended and its state cannot be stored */
  async offer(occasion: Occasion, step: number, take: () => Promise<RunState>): Promise<void> {
    await this.#writing
    if (step === this.#keptStep) return
    const { position, training } = await take()
    const files = checkpointFiles({
      tensors: training.tensors,
      position: { position, updates: training.updates },
      metadata: { ...this.#run.decoding, [UPDATES_TEXT]: String(training.updates) },
    })
    const writing = this.#write(position, files)
    if (occasion === 'ended') return await writing
    this.#writing = writing.catch((error: unknown) => this.#listener.failed(step, error))
    if (occasion === 'stopped') await this.#writing
  }

  /** The step of the newest stored state. */
  get keptStep(): number {
    return this.#keptStep
  }

  /** Resolves when nothing is being written. */
  async idle(): Promise<void> {
    await this.#writing
  }

  async #write({ step, result }: RunPosition, files: CheckpointFiles): Promise<void> {
    const now = Date.now()
    const about = {
      ...this.#run.about,
      id: newId('checkpoint', now, randomBytes(16)),
      step,
      created_at: new Date(now).toISOString(),
    }
    const { bytes, sha256 } = await writeCheckpoint(this.#artifacts, about, files)
    this.#keptStep = step
    const { engine: _, ...of } = about
    const metrics = Object.entries(summarySeries(result)).map(([name, value]) => [name, toJsonNumber(value)] as const)
    this.#listener.written({ ...of, object: 'checkpoint', bytes, sha256, metrics: Object.fromEntries(metrics) })
  }
}
