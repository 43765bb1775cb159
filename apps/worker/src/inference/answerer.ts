// The child's side of predictions: models of checkpoints that stay open, and the answers that they give.

import { openArtifacts, ArtifactNotFoundError, ArtifactReadError, CheckpointCorruptError } from '@unroll/artifacts'
import type { Engine } from '@unroll/bptt'
import {
  UnrollError,
  countTraceableSteps,
  modelDecoding,
  countReadableSteps,
  readAsked,
  readTraced,
  type ErrorCode,
  type Fault,
  type JobSpec,
} from '@unroll/contract'
import { failpoint } from '@unroll/failpoints'
import type { AnswerPart } from '@unroll/store'
import { openFeed, takeSample, type Feed, type Sample } from '@unroll/tasks'
import { TrainedModel } from '@unroll/trainer'
import type { ToChild } from '../protocol.ts'
import { openDataset } from '../training/dataset.ts'
import { readSaved } from '../training/resume.ts'

type Prediction = Extract<ToChild, { type: 'predict' }>
type Asking = Extract<Prediction, { request: unknown }>
type Tracing = Extract<Prediction, { trace: unknown }>

/** Models that stay open. */
const MOST_MODELS = 4
/** Symbols are sent together that are written within this time of the last ones; the first is sent at once. */
const TOGETHER_MS = 25

interface OpenModel {
  readonly model: Promise<TrainedModel>
  /** Requests that it answers now. */
  users: number
  /** The data of the run, once one of its samples was asked for. */
  feed?: Promise<Feed>
}

/** Answers predictions with the models of checkpoints, which it keeps open. */
export class Answerer {
  readonly #engine: () => Promise<Engine>
  readonly #send: (id: string, part: AnswerPart) => void
  /** By checkpoint, the least recently used first. */
  readonly #models = new Map<string, OpenModel>()
  readonly #open = new Map<string, AbortController>()

  constructor(engine: () => Promise<Engine>, send: (id: string, part: AnswerPart) => void) {
    this.#engine = engine
    this.#send = send
  }

  /** Answers to the end; an error is the last part. */
  async answer(asked: Prediction): Promise<void> {
    const { id } = asked
    const stop = new AbortController()
    this.#open.set(id, stop)
    const held = this.#hold(asked)
    try {
      const model = await held.model
      failpoint('prediction.opened')
      if ('trace' in asked) await this.#trace(asked, held, stop.signal)
      else await this.#write(asked, model, stop.signal)
      this.#send(id, { type: 'end' })
    } catch (error) {
      this.#send(id, describeFailure(error))
    } finally {
      this.#open.delete(id)
      held.users -= 1
      this.#dropUnused()
    }
  }

  withdraw(id: string): void {
    this.#open.get(id)?.abort(new UnrollError('PREDICTION_FAILED', 'The client has left'))
  }

  async #trace({ id, spec, trace, ...where }: Tracing, held: OpenModel, signal: AbortSignal): Promise<void> {
    const model = await held.model
    const mostSteps = countTraceableSteps(spec.model, model.decoding)
    const asked = readOrRefuse(readTraced(trace, model.decoding, mostSteps), where)
    if (asked.kind === 'input') return this.#send(id, { type: 'trace', trace: await model.trace(asked, signal) })
    held.feed ??= openSamples(spec, where)
    held.feed.catch(() => delete held.feed)
    const { row, targets } = chooseSample(await held.feed, asked.sample)
    if (row.steps > mostSteps)
      throw unsuitable('/sample', `Must have at most ${mostSteps} steps: it has ${row.steps}`, asked.sample)
    this.#send(id, { type: 'trace', trace: await model.traceRow(row, targets, signal) })
  }

  async #write({ id, spec, request, ...where }: Asking, model: TrainedModel, signal: AbortSignal): Promise<void> {
    const asked = readOrRefuse(readAsked(request, model.decoding, countReadableSteps(spec)), where)
    if (asked.kind === 'inputs') {
      const predictions = await model.predict(asked, request, signal)
      return this.#send(id, { type: 'predictions', predictions })
    }
    let symbols: string[] = []
    let from = 0
    let sentAt = -Infinity
    const send = () => {
      this.#send(id, { type: 'symbols', symbols, from })
      from += symbols.length
      symbols = []
      sentAt = performance.now()
    }
    for await (const symbol of model.write(asked, request, signal)) {
      symbols.push(symbol)
      if (performance.now() - sentAt >= TOGETHER_MS) send()
    }
    if (symbols.length > 0) send()
  }

  #hold(asked: Prediction): OpenModel {
    const key = asked.checkpoint.id
    const held = this.#models.get(key) ?? { model: this.#load(asked), users: 0 }
    this.#models.delete(key)
    this.#models.set(key, held) // the most recently used
    held.users += 1
    held.model.catch(() => this.#models.delete(key))
    return held
  }

  async #load({ spec, checkpoint, artifacts }: Prediction): Promise<TrainedModel> {
    const { state, decoding: told } = await readSaved(openArtifacts(artifacts), checkpoint)
    const decoding = modelDecoding(spec, told)
    if (decoding === undefined)
      throw new UnrollError('CHECKPOINT_UNSUITABLE', `Checkpoint "${checkpoint.id}" does not say what its model reads`)
    return await TrainedModel.open(await this.#engine(), { spec, decoding, tensors: state.training.tensors })
  }

  #dropUnused(): void {
    for (const [key, { model, users }] of this.#models) {
      if (this.#models.size <= MOST_MODELS) return
      if (users > 0) continue
      this.#models.delete(key)
      void model.then((open) => open.dispose())
    }
  }
}

/** @throws {UnrollError} INPUT_UNSUITABLE: admission has looked at the same, perhaps with another release */
function readOrRefuse<Asked>(
  read: { asked: Asked } | { faults: Fault[] },
  { checkpoint }: Pick<Prediction, 'checkpoint'>,
): Asked {
  if ('asked' in read) return read.asked
  throw new UnrollError('INPUT_UNSUITABLE', `Checkpoint "${checkpoint.id}" cannot read it`, { faults: read.faults })
}

async function openSamples(
  spec: JobSpec,
  { artifacts: location, dataset }: Pick<Tracing, 'artifacts' | 'dataset'>,
): Promise<Feed> {
  const artifacts = openArtifacts(location)
  return await openFeed(spec, await openDataset(spec, { dataset, artifacts: location }, artifacts))
}

function chooseSample(feed: Feed, place: number): Sample {
  const sample = takeSample(feed, place)
  if (typeof sample !== 'number') return sample
  const held = sample === 0 ? 'the run evaluates none: give input' : `the run evaluates ${sample}`
  throw unsuitable('/sample', `Must be the place of a sequence, from 0: ${held}`, place)
}

function unsuitable(pointer: string, detail: string, value: unknown): UnrollError {
  return new UnrollError('INPUT_UNSUITABLE', 'Cannot trace it', { faults: [{ pointer, detail, value }] })
}

function describeFailure(error: unknown): Extract<AnswerPart, { type: 'failed' }> {
  const message = error instanceof Error ? error.message : String(error)
  const faults = error instanceof UnrollError ? error.faults : []
  return { type: 'failed', code: chooseCode(error), message, ...(faults.length > 0 && { faults }) }
}

function chooseCode(error: unknown): ErrorCode {
  if (error instanceof UnrollError) return error.code
  if (error instanceof CheckpointCorruptError)
    return error.cause instanceof ArtifactNotFoundError ? 'CHECKPOINT_NOT_FOUND' : 'CHECKPOINT_DAMAGED'
  return error instanceof ArtifactReadError ? 'ARTIFACTS_UNAVAILABLE' : 'PREDICTION_FAILED'
}
