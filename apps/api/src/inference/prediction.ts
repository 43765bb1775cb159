import { readTexts } from '@unroll/artifacts'
import {
  UnrollError,
  countTraceableSteps,
  decodeDecoding,
  modelDecoding,
  countReadableSteps,
  readAsked,
  readTraced,
  usesDataset,
  type Checkpoint,
  type Dataset,
  type Decoding,
  type Fault,
  type Job,
  type PredictionRequest,
  type TraceRequest,
} from '@unroll/contract'
import type { Services } from '../types.ts'
import { chooseCheckpoint } from './checkpoint_choice.ts'

/** Texts of checkpoints that are kept in memory: those of the last ones that were asked. */
const MOST_KNOWN = 100

/** A checkpoint, and the specification of the job that trained it. */
export type Weights = Pick<Job, 'spec'> & { checkpoint: Checkpoint }

/** Who is asked. */
export interface Admitted extends Weights {
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
    const { job, checkpoint } = await this.#find(jobId, request.checkpoint)
    return await this.admitWeights({ spec: job.spec, checkpoint }, request)
  }

  /** The same of a checkpoint that is known. */
  async admitWeights(weights: Weights, request: PredictionRequest): Promise<Admitted> {
    const model = await this.#open(weights)
    acceptOrRefuse('predict', readAsked(request, model, countReadableSteps(weights.spec)))
    return { ...weights, isText: model.kind === 'text' }
  }

  /**
   * Checks that a checkpoint of a job can be traced on what is asked.
   *
   * @param isQuery whether input and target are texts of a query: JSON, or of a model of text the input itself
   * @throws {UnrollError} as `admit`
   */
  async admitTrace(
    jobId: string,
    request: TraceRequest,
    { isQuery }: { isQuery: boolean },
  ): Promise<{ job: Job; checkpoint: Checkpoint; trace: TraceRequest; dataset: Dataset | undefined }> {
    const { job, checkpoint } = await this.#find(jobId, request.checkpoint)
    const model = await this.#open({ spec: job.spec, checkpoint })
    const trace = isQuery ? parseQuery(request, model) : request
    const asked = acceptOrRefuse('trace', readTraced(trace, model, countTraceableSteps(job.spec.model, model)))
    return { job, checkpoint, trace, dataset: asked.kind === 'sample' ? await this.#findDataset(job) : undefined }
  }

  async #findDataset({ spec: { data } }: Job): Promise<Dataset | undefined> {
    if (!usesDataset(data)) return undefined
    return await this.#services.store.datasets.get(data.dataset)
  }

  /** @throws {UnrollError} JOB_NOT_FOUND, CHECKPOINT_NOT_FOUND */
  async #find(jobId: string, choice: string): Promise<{ job: Job; checkpoint: Checkpoint }> {
    const { store } = this.#services
    const job = await store.jobs.get(jobId)
    return { job, checkpoint: await chooseCheckpoint(store, job, choice) }
  }

  /** @throws {UnrollError} CHECKPOINT_UNSUITABLE */
  async #open({ spec, checkpoint }: Weights): Promise<Decoding> {
    const model = modelDecoding(spec, decodeDecoding(await this.#readTexts(checkpoint)))
    if (model === undefined)
      throw new UnrollError(
        'CHECKPOINT_UNSUITABLE',
        `Cannot ask checkpoint "${checkpoint.id}": a version of before wrote it, which did not keep with it what the model reads`,
      )
    return model
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

/** @throws {UnrollError} INPUT_UNSUITABLE */
function acceptOrRefuse<Asked>(what: 'predict' | 'trace', read: { asked: Asked } | { faults: Fault[] }): Asked {
  if ('asked' in read) return read.asked
  const { faults } = read
  throw new UnrollError('INPUT_UNSUITABLE', `Cannot ${what} as the model cannot read what it is asked`, { faults })
}

function parseQuery({ input, target, ...request }: TraceRequest, model: Decoding): TraceRequest {
  const isText = model.kind === 'text'
  return {
    ...request,
    ...(input !== undefined && { input: isText ? input : parseJson('input', input) }),
    ...(target !== undefined && { target: parseJson('target', target) }),
  }
}

function parseJson(name: string, value: unknown): unknown {
  try {
    return JSON.parse(value as string) as unknown // of a query
  } catch (cause) {
    const faults = [{ pointer: name, detail: `Must be JSON: current value is ${JSON.stringify(value)}`, value }]
    throw new UnrollError('INPUT_UNSUITABLE', `Cannot trace as "${name}" is not JSON`, { faults, cause })
  }
}
