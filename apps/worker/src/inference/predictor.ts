// The worker's side of predictions: one child beside those that train, which keeps models open and answers many requests
// together. It is taken with the first request, and ends when none has come for a while.

import type { ArtifactsLocation } from '@unroll/artifacts'
import type { AnswerPart, Answering, Store, TakenPrediction } from '@unroll/store'
import { KeptChild, type KeptChildOptions } from '../children/kept_child.ts'
import type { EngineChoice, FromChild } from '../protocol.ts'

/** Between two signs that a request is worked at. */
const WORKS_MS = 5_000
/** Deliveries after which a request whose process ends fails. */
const MOST_DELIVERIES = 3

export interface PredictorOptions extends KeptChildOptions {
  store: Pick<Store, 'predictions'>
  engine: EngineChoice
  artifacts: ArtifactsLocation
  /** Faults that the child arms, in tests. */
  faults: string | undefined
}

/** The end of a request in the child: its last part is sent, or the child has ended. */
type Ended = 'answered' | 'lost'

interface Open {
  hear: (part: AnswerPart) => void
  end: (how: Ended) => void
}

/** Answers predictions until it is closed. */
export class Predictor {
  readonly #options: PredictorOptions
  readonly #answering: Answering
  readonly #open = new Map<string, Open>()
  readonly #child: KeptChild

  constructor(options: PredictorOptions) {
    this.#options = options
    this.#child = new KeptChild(options, {
      words: { does: 'answers predictions', did: 'answered predictions' },
      onMessage: (message) => this.#receive(message),
      countOpen: () => ({ open: this.#open.size }),
      onEnd: () => {
        for (const { end } of this.#open.values()) end('lost')
      },
    })
    this.#answering = options.store.predictions.answer((taken) => this.#answer(taken))
  }

  drain(): void {
    this.#answering.drain()
  }

  undrain(): void {
    this.#answering.undrain()
  }

  async close({ timeoutMs }: { timeoutMs: number }): Promise<void> {
    const closed = this.#answering.close({ timeoutMs })
    this.#child.kill()
    await closed
  }

  async #answer({ id, signal, delivery, ...body }: TakenPrediction): Promise<'done' | 'return'> {
    const { store, log, engine, artifacts, faults } = this.#options
    let writes = Promise.resolve()
    const append = (part: AnswerPart) => {
      writes = writes
        .then(() => store.predictions.append(id, part))
        .catch((error: unknown) => log.warn(error, 'part of a prediction not delivered'))
    }
    append({ type: 'works' })
    const works = setInterval(() => append({ type: 'works' }), WORKS_MS)
    let hasSent = false
    const child = this.#child.take()
    const hear = (part: AnswerPart) => {
      hasSent ||= part.type === 'symbols' || part.type === 'predictions' || part.type === 'trace'
      append(part)
    }
    const ended = new Promise<Ended>((end) => this.#open.set(id, { hear, end }))
    const withdraw = () => child.send({ type: 'withdraw', id })
    signal.addEventListener('abort', withdraw, { once: true })
    child.send({ type: 'predict', id, engine, artifacts, faults, ...body })
    if (signal.aborted) withdraw()
    const how = await ended
    log.info({ prediction: id, how, withdrawn: signal.aborted }, 'prediction ended')
    signal.removeEventListener('abort', withdraw)
    clearInterval(works)
    if (how === 'lost' && (hasSent || delivery >= MOST_DELIVERIES))
      append({ type: 'failed', code: 'PREDICTION_FAILED', message: 'The process that answered has ended' })
    await writes
    this.#open.delete(id)
    if (this.#open.size === 0) this.#child.rest()
    return how === 'lost' && !hasSent && delivery < MOST_DELIVERIES ? 'return' : 'done'
  }

  #receive(message: FromChild): void {
    if (message.type !== 'answer') return
    const { id, part } = message
    const open = this.#open.get(id)
    open?.hear(part)
    if (part.type === 'end' || part.type === 'failed') open?.end('answered')
  }
}
