// The child's side of sessions: networks that stay open and compute one command after another.

import { randomBytes } from 'node:crypto'
import { encodeState, openArtifacts, readState, sessionKey, weightsKey, type Artifacts } from '@unroll/artifacts'
import type { Engine, HostTensor } from '@unroll/bptt'
import {
  UPDATES_TEXT,
  UnrollError,
  readAsked,
  sessionDecoding,
  sessionJob,
  toJsonNumber,
  type PredictionRequest,
} from '@unroll/contract'
import { failpoint } from '@unroll/failpoints'
import type { SessionAnswer, SessionCheckpoint } from '@unroll/store'
import {
  BatchSession,
  TrainedModel,
  type BatchSessionState,
  type GradientAnswer,
  type UpdateAnswer,
} from '@unroll/trainer'
import type { FromChild, ToChild } from '../protocol.ts'

type Opening = Extract<ToChild, { type: 'session_open' }>
type Asking = Extract<ToChild, { type: 'session_command' }>

/** A checkpoint is written after so many updates, or bytes of commands, at the next update: what a worker has to compute again. */
const SAVE_EVERY = { steps: 100, bytes: 2 ** 24 }

/** The text of a state's file that says how many updates were asked for, whether or not they were applied. */
const STEP_TEXT = 'unroll.step'

/** An open session. */
interface Open {
  readonly opening: Opening
  readonly session: BatchSession
  step: number
  /** What answers samples with the weights of now; none before the first sample of them. */
  model: TrainedModel | undefined
  /** After the last command, of which no checkpoint is written yet, and the updates since; undefined where there is none. */
  unsaved: { entry: string; steps: number } | undefined
  /** Bytes of commands since the last checkpoint. */
  bytes: number
  /** The checkpoint that is being written. */
  writing: Promise<void>
  /** Whether an error has ended it: commands that are still under way are left out. */
  isLost: boolean
}

/** Runs the commands of sessions, in the order in which they come. */
export class SessionRunner {
  readonly #engine: () => Promise<Engine>
  readonly #send: (message: FromChild) => void
  readonly #open = new Map<string, Open>()
  #work = Promise.resolve()

  constructor(engine: () => Promise<Engine>, send: (message: FromChild) => void) {
    this.#engine = engine
    this.#send = send
  }

  open(opening: Opening): void {
    this.#then(opening, async () => {
      this.#dispose(opening.session)
      const artifacts = openArtifacts(opening.artifacts)
      const saved = opening.checkpoint === null ? undefined : await readSaved(artifacts, opening.checkpoint)
      const session = await BatchSession.open(await this.#engine(), opening.spec, saved)
      const step = saved?.step ?? 0
      const begun = { model: undefined, unsaved: undefined, bytes: 0, writing: Promise.resolve(), isLost: false }
      this.#open.set(opening.session, { opening, session, step, ...begun })
      this.#send({ type: 'holds', bytes: process.memoryUsage.rss() })
    })
  }

  run(asked: Asking): void {
    this.#then(asked, async () => {
      const open = this.#find(asked)
      if (open === undefined) return
      const answer = await this.#answer(open, asked)
      failpoint('session.computed')
      if (!asked.isAnswered) this.#tell(asked, open.step, answer)
      if (open.unsaved === undefined || open.session.hasGradient) return
      if (open.unsaved.steps >= SAVE_EVERY.steps || open.bytes >= SAVE_EVERY.bytes) await this.#save(open)
    })
  }

  #tell({ session, epoch, logged }: Asking, step: number, answer: SessionAnswer): void {
    const { entry, name, mailbox, command } = logged
    const about = { session, epoch, entry, name, mailbox, step }
    const done = answer.type === 'answered' ? command.type : null
    this.#send({ type: 'session_answered', ...about, answer: JSON.stringify(answer), done })
  }

  /** Lets a session go, of which with `saves` what is not written yet is written first. */
  close(closing: Extract<ToChild, { type: 'session_close' }>): void {
    this.#then(closing, async () => {
      const open = this.#find(closing)
      const isDue = closing.saves && open?.unsaved !== undefined && !open.session.hasGradient
      if (open !== undefined && isDue) await this.#save(open)
      await open?.writing
      if (open !== undefined) this.#dispose(closing.session)
      this.#send({ type: 'session_closed', session: closing.session, epoch: closing.epoch })
    })
  }

  /** Does something after all before it; an error ends the session. */
  #then({ session, epoch }: { session: string; epoch: number }, work: () => Promise<void>): void {
    this.#work = this.#work.then(work).catch((error: unknown) => {
      const open = this.#open.get(session)
      if (open?.opening.epoch === epoch) open.isLost = true
      this.#send({
        type: 'session_lost',
        session,
        epoch,
        message: error instanceof Error ? error.message : String(error),
      })
    })
  }

  #find({ session, epoch }: { session: string; epoch: number }): Open | undefined {
    const open = this.#open.get(session)
    return open?.opening.epoch === epoch && !open.isLost ? open : undefined
  }

  #dispose(id: string): void {
    const open = this.#open.get(id)
    open?.model?.dispose()
    open?.session.dispose()
    this.#open.delete(id)
  }

  async #answer(open: Open, { logged, isAnswered }: Asking): Promise<SessionAnswer> {
    const { session } = open
    const { command, entry, bytes } = logged
    open.bytes += bytes
    switch (command.type) {
      case 'forward_backward':
        return { type: 'answered', fields: describeGradient(await session.forwardBackward(command)) }
      case 'optim_step': {
        const updated = await session.optimStep(command.request)
        if (updated === undefined) return NOTHING_WAITS
        open.step = updated.step
        open.unsaved = { entry, steps: (open.unsaved?.steps ?? 0) + 1 }
        open.model?.dispose()
        open.model = undefined
        return { type: 'answered', fields: describeUpdate(updated) }
      }
      case 'sample':
        return isAnswered ? SILENT : await sample(await this.#engine(), open, command.request)
      case 'save':
        return isAnswered ? SILENT : await saveWeights(open, command.weights)
      default:
        return command satisfies never
    }
  }

  /** Writes a checkpoint beside the commands that follow. */
  async #save(open: Open): Promise<void> {
    const { opening, session, bytes } = open
    const { entry } = open.unsaved!
    await open.writing
    const state = await session.state()
    const write = encodeState({ tensors: state.training.tensors, metadata: textsOf(state) })
    open.unsaved = undefined
    open.bytes = 0
    const { session: id, epoch } = opening
    const key = sessionKey(id, `${epoch}_${randomBytes(6).toString('hex')}`)
    open.writing = this.#write(open, { write, key, step: state.step, entry, bytes })
  }

  async #write(
    open: Open,
    {
      write,
      key,
      bytes,
      ...about
    }: { write: ReturnType<typeof encodeState>; key: string; bytes: number } & Pick<
      SessionCheckpoint,
      'step' | 'entry'
    >,
  ): Promise<void> {
    const { session, epoch, artifacts } = open.opening
    try {
      const { sha256 } = await write(openArtifacts(artifacts), key)
      failpoint('session.saved')
      this.#send({ type: 'session_saved', session, epoch, checkpoint: { key, sha256, ...about }, bytes })
    } catch (error) {
      open.bytes += bytes // a later one replaces these commands too
      open.unsaved ??= { entry: about.entry, steps: SAVE_EVERY.steps }
      this.#send({ type: 'session_unsaved', session, epoch, message: String(error) })
    }
  }
}

/** Of what changes nothing and was answered before. */
const SILENT: SessionAnswer = { type: 'answered', fields: {} }

const NOTHING_WAITS: SessionAnswer = {
  type: 'refused',
  code: 'NO_GRADIENT',
  message: 'Cannot update as no gradient waits: send a batch to forward_backward first',
}

function textsOf({ step, training }: BatchSessionState): Record<string, string> {
  return { [UPDATES_TEXT]: String(training.updates), [STEP_TEXT]: String(step) }
}

async function readSaved(artifacts: Artifacts, { key, sha256, step }: SessionCheckpoint): Promise<BatchSessionState> {
  const { tensors, metadata } = await readState(artifacts, key, sha256)
  return {
    step,
    training: { tensors: tensors as Record<string, HostTensor>, updates: Number(metadata[UPDATES_TEXT]) },
  }
}

async function sample(engine: Engine, open: Open, request: PredictionRequest): Promise<SessionAnswer> {
  const { spec } = open.opening
  const decoding = sessionDecoding(spec.problem)
  const read = readAsked(request, decoding)
  if ('faults' in read) return { type: 'refused', code: 'INPUT_UNSUITABLE', message: 'Cannot answer it' }
  const { asked } = read
  const { step, training } = await open.session.state()
  open.model ??= await TrainedModel.open(engine, { spec: sessionJob(spec), decoding, tensors: training.tensors })
  if (asked.kind === 'inputs')
    return { type: 'answered', fields: { step, predictions: await open.model.predict(asked, request) } }
  const symbols: string[] = []
  for await (const symbol of open.model.write(asked, request)) symbols.push(symbol)
  return { type: 'answered', fields: { step, symbols } }
}

/** Writes the state as uploaded weights have it: the same file as the checkpoint of a job with this state. */
async function saveWeights({ opening, session, step }: Open, weights: string): Promise<SessionAnswer> {
  const { training } = await session.state()
  const write = encodeState({ tensors: training.tensors, metadata: { [UPDATES_TEXT]: String(training.updates) } })
  try {
    const { bytes, sha256 } = await write(openArtifacts(opening.artifacts), weightsKey(weights))
    const tensors = Object.entries(training.tensors).map(([name, { shape }]) => ({ name, shape: [...shape] }))
    const created_at = new Date().toISOString()
    return { type: 'answered', fields: { weights, step, bytes, sha256, tensors, created_at } }
  } catch (error) {
    if (error instanceof UnrollError) throw error
    return { type: 'refused', code: 'ARTIFACTS_UNAVAILABLE', message: String(error) }
  }
}

function describeGradient({ accumulated, flow, ...found }: GradientAnswer): Record<string, unknown> {
  const { batches, targets, loss, gradNorm } = accumulated
  return {
    loss: toJsonNumber(found.loss),
    ...(found.accuracy !== undefined && { accuracy: toJsonNumber(found.accuracy) }),
    grad_norm: toJsonNumber(found.gradNorm),
    parameter_norms: Object.fromEntries(
      Object.entries(found.parameterNorms).map(([name, norm]) => [name, toJsonNumber(norm)]),
    ),
    targets: found.targets,
    accumulated: { batches, targets, loss: toJsonNumber(loss), grad_norm: toJsonNumber(gradNorm) },
    ...(flow && {
      flow: flow.h.map((h, layer) => ({
        log10_norm: Array.from(h, toJsonNumber),
        ...(flow.c?.[layer] && { cell_state: Array.from(flow.c[layer], toJsonNumber) }),
      })),
    }),
  }
}

function describeUpdate(update: UpdateAnswer): Record<string, unknown> {
  return {
    step: update.step,
    updated: update.updated,
    finite: update.finite,
    loss: toJsonNumber(update.loss),
    grad_norm: toJsonNumber(update.gradNorm),
    grad_norm_clipped: toJsonNumber(update.gradNormClipped),
    clip_coefficient: toJsonNumber(update.clipCoefficient),
    learning_rate: update.learningRate,
  }
}
