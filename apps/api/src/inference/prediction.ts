import { readTexts } from '@unroll/artifacts'
import {
  UnrollError,
  decodeDecoding,
  modelDecoding,
  readAsked,
  type Checkpoint,
  type Job,
  type PredictionRequest,
} from '@unroll/contract'
import type { Services } from '../types.ts'
import { chooseCheckpoint } from './checkpoint_choice.ts'

/** Texts of checkpoints that are kept in memory: those of the last ones that were asked. */
const MOST_KNOWN = 100

/** Who is asked. */
export interface Admitted {
  job: Job
  checkpoint: Checkpoint
  /** Whether the model is one of text. */
  isText: boolean
}

/** Checks predictions, and remembers what the models of checkpoints read. */
export class PredictionAdmission {
  readonly #services: Pick<Services, 'store' | 'artifacts'>
  /** By checkpoint, the least recently asked first. */
  readonly #texts = new Map<string, Readonly<Record<string, string>>>()

  constructor(services: Pick<Services, 'store' | 'artifacts'>) {
    this.#services = services
  }

  /**
   * Checks that a checkpoint of a job can answer what is asked.
   *
   * @throws {UnrollError} JOB_NOT_FOUND, CHECKPOINT_NOT_FOUND, CHECKPOINT_UNSUITABLE, INPUT_UNSUITABLE
   * @throws {CheckpointCorruptError | ArtifactReadError}
   */
  async admit(jobId: string, request: PredictionRequest): Promise<Admitted> {
    const { store } = this.#services
    const job = await store.jobs.get(jobId)
    const checkpoint = await chooseCheckpoint(store, job, request.checkpoint)
    const model = modelDecoding(job.spec, decodeDecoding(await this.#readTexts(checkpoint)))
    if (model === undefined)
      throw new UnrollError(
        'CHECKPOINT_UNSUITABLE',
        `Cannot ask checkpoint "${checkpoint.id}": a version of before wrote it, which did not keep with it what the model reads`,
      )
    const read = readAsked(request, model)
    if ('faults' in read) {
      const { faults } = read
      throw new UnrollError('INPUT_UNSUITABLE', 'Cannot predict as the model cannot read what it is asked', { faults })
    }
    return { job, checkpoint, isText: model.kind === 'text' }
  }

  async #readTexts(checkpoint: Checkpoint): Promise<Readonly<Record<string, string>>> {
    const texts = this.#texts.get(checkpoint.id) ?? (await readTexts(this.#services.artifacts, checkpoint))
    this.#texts.delete(checkpoint.id)
    this.#texts.set(checkpoint.id, texts)
    for (const [oldest] of this.#texts) {
      if (this.#texts.size <= MOST_KNOWN) break
      this.#texts.delete(oldest)
    }
    return texts
  }
}
