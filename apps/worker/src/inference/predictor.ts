// The worker's side of predictions: one child beside those that train, which keeps models open and answers many requests
// together. It is taken with the first request, and ends when none has come for a while.

import type { ArtifactsLocation } from '@unroll/artifacts'
import type { AnswerPart, Answering, Store, TakenPrediction } from '@unroll/store'
import type { Logger } from 'pino'
import { VISIBLE, jobVariables } from '../children/job_variables.ts'
import type { WarmChildren } from '../children/warm_children.ts'
import type { EngineChoice, FromChild } from '../protocol.ts'
import type { TrainingChild } from '../supervise.ts'

/** Time without a request after which the child ends, and its memory is free. */
const IDLE_MS = 10 * 60_000
/** Between two signs that a request is worked at. */
const WORKS_MS = 5_000
/** Deliveries after which a request whose process ends fails. */
const MOST_DELIVERIES = 3

export interface PredictorOptions {
  store: Pick<Store, 'predictions'>
  log: Logger
  engine: EngineChoice
  /** Whether this machine trains on GPUs, which the child must then not see. */
  hasGpus: boolean
  children: Pick<WarmChildren, 'take'>
  /** Hears how much memory the child has, with the models that it keeps open, whenever that has changed; 0 without a child. */
  onHolds: (bytes: number) => void
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
  #child: TrainingChild | undefined
  #idle: NodeJS.Timeout | undefined

  constructor(options: PredictorOptions) {
    this.#options = options
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
    this.#child?.kill()
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
    const child = this.#hold()
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
    this.#rest()
    return how === 'lost' && !hasSent && delivery < MOST_DELIVERIES ? 'return' : 'done'
  }

  /** The child that answers, a new one where there is none. */
  #hold(): TrainingChild {
    clearTimeout(this.#idle)
    if (this.#child !== undefined) return this.#child
    const { children, hasGpus, log } = this.#options
    const variables = { ...jobVariables([], {}), ...(hasGpus && { [VISIBLE]: '' }) }
    const child = children.take(variables, (message) => this.#receive(message))
    log.info({ childPid: child.pid }, 'a child answers predictions')
    this.#child = child
    void this.#awaitEnd(child)
    return child
  }

  async #awaitEnd(child: TrainingChild): Promise<void> {
    const exit = await child.exited
    this.#options.log.info({ ...exit, open: this.#open.size }, 'the child that answered predictions has ended')
    if (this.#child === child) {
      this.#child = undefined
      this.#options.onHolds(0)
    }
    for (const { end } of this.#open.values()) end('lost')
  }

  #receive(message: FromChild): void {
    if (message.type === 'failed') this.#options.log.warn(message, 'the child that answers predictions has failed')
    if (message.type === 'holds') return this.#options.onHolds(message.bytes)
    if (message.type !== 'answer') return
    const { id, part } = message
    const open = this.#open.get(id)
    open?.hear(part)
    if (part.type === 'end' || part.type === 'failed') open?.end('answered')
  }

  /** Ends the child once nothing has been asked for a while. */
  #rest(): void {
    if (this.#open.size > 0) return
    clearTimeout(this.#idle)
    this.#idle = setTimeout(() => this.#child?.kill(), IDLE_MS).unref()
  }
}
