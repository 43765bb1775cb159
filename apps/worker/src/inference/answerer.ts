// The child's side of predictions: models of checkpoints that stay open, and the answers that they give.

import { openArtifacts, ArtifactNotFoundError, ArtifactReadError, CheckpointCorruptError } from '@unroll/artifacts'
import type { Engine } from '@unroll/bptt'
import { UnrollError, modelDecoding, readAsked, type ErrorCode } from '@unroll/contract'
import { failpoint } from '@unroll/failpoints'
import type { AnswerPart } from '@unroll/store'
import { TrainedModel } from '@unroll/trainer'
import type { ToChild } from '../protocol.ts'
import { readSaved } from '../training/resume.ts'

type Prediction = Extract<ToChild, { type: 'predict' }>

/** Models that stay open. */
const MOST_MODELS = 4
/** Symbols are sent together that are written within this time of the last ones; the first is sent at once. */
const TOGETHER_MS = 25

interface OpenModel {
  readonly model: Promise<TrainedModel>
  /** Requests that it answers now. */
  users: number
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
      await this.#write(asked, model, stop.signal)
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

  async #write({ id, request, checkpoint }: Prediction, model: TrainedModel, signal: AbortSignal): Promise<void> {
    const read = readAsked(request, model.decoding)
    if ('faults' in read) throw new UnrollError('INPUT_UNSUITABLE', `Checkpoint "${checkpoint.id}" cannot read it`)
    const { asked } = read
    if (asked.kind === 'inputs') {
      const predictions = await model.predict(asked, request, signal)
      return this.#send(id, { type: 'predictions', predictions })
    }
    let symbols: string[] = []
    let sentAt = -Infinity
    for await (const symbol of model.write(asked, request, signal)) {
      symbols.push(symbol)
      if (performance.now() - sentAt < TOGETHER_MS) continue
      this.#send(id, { type: 'symbols', symbols })
      symbols = []
      sentAt = performance.now()
    }
    if (symbols.length > 0) this.#send(id, { type: 'symbols', symbols })
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

function describeFailure(error: unknown): Extract<AnswerPart, { type: 'failed' }> {
  const message = error instanceof Error ? error.message : String(error)
  return { type: 'failed', code: chooseCode(error), message }
}

function chooseCode(error: unknown): ErrorCode {
  if (error instanceof UnrollError) return error.code
  if (error instanceof CheckpointCorruptError)
    return error.cause instanceof ArtifactNotFoundError ? 'CHECKPOINT_NOT_FOUND' : 'CHECKPOINT_DAMAGED'
  return error instanceof ArtifactReadError ? 'ARTIFACTS_UNAVAILABLE' : 'PREDICTION_FAILED'
}
