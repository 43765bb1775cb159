// The child process of a slot: it alone loads an engine, so that an engine that blocks, aborts or leaks affects nothing
// else. It trains one run or evaluates one checkpoint, then exits: a fresh process for each has no earlier state. One that
// answers predictions, computes sessions or past steps stays. On request of the worker it spends the second that loading takes ahead of the run.

import { isDeepStrictEqual } from 'node:util'
import { openArtifacts, writeEvaluations } from '@unroll/artifacts'
import { selectEngine, type Selection } from '@unroll/engines'
import { armFailpoints, failpoint } from '@unroll/failpoints'
import type { Engine } from '@unroll/bptt'
import { chooseShards, usesDataset, type EventCode } from '@unroll/contract'
import { openFeed, openTestFeed } from '@unroll/tasks'
import { evaluateTrained, train } from '@unroll/trainer'
import { Checkpointer, type CheckpointListener } from './training/checkpointer.ts'
import { DeviceLostError, describeFailure, sentence, type Weight } from './attempt/failure.ts'
import {
  HEARTBEAT_MS,
  type EngineChoice,
  type EngineDescription,
  type FromChild,
  type Heartbeat,
  type Saving,
  type ToChild,
  type Warm,
} from './protocol.ts'
import { Answerer } from './inference/answerer.ts'
import { ReplayRunner, toCpu } from './inference/replay_runner.ts'
import { SessionRunner } from './sessions/session_runner.ts'
import { identifyEngine } from './training/engine_identity.ts'
import { readSaved, type Saved } from './training/resume.ts'
import { RowBuffer } from './training/row_buffer.ts'
import { readStart, type Starting } from './training/start.ts'
import { openDataset, openTested } from './training/dataset.ts'
import { trainSample } from './training/sample_run.ts'

type Task = Extract<ToChild, { type: 'train' }>
type EvaluationTask = Extract<ToChild, { type: 'evaluate' }>

/** A device with its own memory: a waiting child must not hold any of it, because another job trains there. */
const GPU = 'cuda'

/** Aborts when the run must stop; replaced if the stop is withdrawn. */
let stop = new AbortController()
let saving: Saving = 'no'
/** The engine that was loaded ahead of the run. */
let loading: Promise<Selection> | undefined
/** Answers predictions, in a child that is asked any. */
let answerer: Answerer | undefined
/** Runs sessions, in a child that has any. */
let runner: SessionRunner | undefined
/** Computes past steps again, in a child that is asked for any. */
let replayer: ReplayRunner | undefined
/** The facts of the run, once its data are loaded. */
let weight: Weight | undefined

process.on('SIGINT', () => {}) // Ctrl-C reaches the whole process group; the worker controls its children.
process.on('disconnect', orphaned)
process.on('message', (message) => void receive(message as ToChild))
const heartbeat = setInterval(() => send({ type: 'heartbeat' }), HEARTBEAT_MS).unref()

function ignore(): void {}

async function receive(message: ToChild): Promise<void> {
  switch (message.type) {
    case 'warm':
      loading = warm(message.engine)
      return loading.then(ignore, (error: unknown) => finish(Promise.reject(error as Error)))
    case 'train':
      return finish(run(message))
    case 'evaluate':
      return finish(evaluateDataset(message))
    case 'replay':
      replayer ??= openReplayer(message)
      await replayer.replay(message).catch((error: unknown) => finish(Promise.reject(error as Error)))
      return send({ type: 'holds', bytes: process.memoryUsage.rss() })
    case 'predict':
      answerer ??= openAnswerer(message)
      await answerer.answer(message)
      return send({ type: 'holds', bytes: process.memoryUsage.rss() })
    case 'withdraw':
      return answerer?.withdraw(message.id)
    case 'session_open':
      runner ??= openRunner(message)
      return runner.open(message)
    case 'session_command':
      return runner?.run(message)
    case 'session_close':
      return runner?.close(message)
    case 'stop':
      saving = message.save
      return stop.abort()
    default:
      message satisfies never
  }
}

/** Sends the failure of the work, if any, and exits. */
async function finish(work: Promise<unknown>): Promise<void> {
  await work.catch((error: unknown) => send(describeFailure(error, weight)))
  leave()
}

/** Loads the engine and, unless it holds memory of a device, lets it train once: the first graph takes longest. */
async function warm(choice: EngineChoice): Promise<Selection> {
  const selection = await selectEngine(choice)
  if (selection.engine.backend !== GPU) await trainSample(selection.engine)
  send({ type: 'warm', warmth: { ...describeSelection(selection), idleBytes: process.memoryUsage.rss() } })
  return selection
}

/** The run of a task as far as its data and its engine are loaded. */
async function open({ spec, checkpoint, job, fork, ...task }: Task): Promise<Starting> {
  if (task.faults !== undefined) armFailpoints(task.faults)
  const artifacts = openArtifacts(task.artifacts)
  const dataset = await openDataset(spec, task, artifacts)
  const feed = await openFeed(spec, dataset)
  weight = { spec, problem: feed.problem, accelerator: 'cpu' }
  const saved = checkpoint === null ? undefined : await readSaved(artifacts, checkpoint)
  const selection = await (loading ?? selectEngine(task.engine))
  const { engine, reason, isFallback } = selection
  if (spec.resources.accelerator === 'gpu' && engine.backend !== GPU) throw new DeviceLostError(reason)
  weight.accelerator = engine.accelerator
  const numbers = { ...engine.numerics, shards: chooseShards(spec, engine.accelerator) }
  const { loss, mean_loss } = feed.problem.chance // a forecast worse than the newest season may learn all the same
  send({ type: 'ready', ...describeSelection(selection), numbers, chanceLoss: mean_loss ?? loss })
  if (isFallback) tell('engine_fallback', { engine: engine.name, device: engine.backend, why: reason })
  if (saved !== undefined) tellResumed(saved, engine)
  return { artifacts, job, spec, feed, dataset, engine, fork, saved }
}

async function run(task: Task): Promise<void> {
  const opened = await open(task)
  const start = await readStart(opened, () => stop.signal)
  if (start === undefined) return send({ type: 'ended', outcome: { type: 'stopped', step: task.fork!.step } })
  if (start.initial !== undefined) tell('weights_loaded', { ...start.initial.told })
  const { artifacts, spec, feed, engine, saved } = opened
  const buffer = new RowBuffer((rows, step) => send({ type: 'rows', rows, step }), now)
  const about = { job: task.job, epoch: task.epoch, engine: identifyEngine(engine) }
  const fromStep = saved?.state.position.step ?? 0
  const checkpointer = new Checkpointer(
    artifacts,
    { about, decoding: feed.decoding ?? {}, fromStep },
    reportCheckpoints(buffer),
  )
  const { state } = start
  if (state !== undefined && start.isFork)
    await checkpointer.offer('due', state.position.step, () => Promise.resolve(state)) // the way is not gone again
  const outcome = await train(engine, spec, feed, {
    ...(state && { resume: state }),
    get signal() {
      return stop.signal
    },
    clock: now,
    onRow: (row) => {
      failpoint('run.row')
      buffer.add(row)
    },
    onStep: (step) => buffer.advanceTo(step),
    onEvent: tell,
    onCheckpoint: async (occasion, step, take) => {
      if (occasion !== 'stopped') return await checkpointer.offer(occasion, step, take)
      if (saving !== 'no') await checkpointer.offer(occasion, step, take)
      if (saving === 'must' && checkpointer.keptStep !== step) keepOn()
    },
  }).finally(async () => {
    await checkpointer.idle()
    buffer.flush() // steps before a failure are not lost
  })
  if (outcome.type === 'succeeded' && outcome.evaluations.length > 0)
    await writeEvaluations(artifacts, task.job, outcome.evaluations)
  send({ type: 'ended', outcome })
}

/** The engine, which may be loaded already. */
async function openEngine(choice: EngineChoice): Promise<Engine> {
  return (await (loading ?? selectEngine(choice))).engine
}

function openAnswerer({ engine, faults }: Extract<ToChild, { type: 'predict' }>): Answerer {
  if (faults !== undefined) armFailpoints(faults)
  return new Answerer(
    () => openEngine(engine),
    (id, part) => send({ type: 'answer', id, part }),
  )
}

function openRunner({ engine, faults }: Extract<ToChild, { type: 'session_open' }>): SessionRunner {
  if (faults !== undefined) armFailpoints(faults)
  return new SessionRunner(() => openEngine(engine), send)
}

function openReplayer({ engine, faults }: Extract<ToChild, { type: 'replay' }>): ReplayRunner {
  if (faults !== undefined) armFailpoints(faults)
  return new ReplayRunner(() => openEngine(engine), send)
}

/** Evaluates a checkpoint on a data set beside training, on the CPU: a GPU belongs to the jobs of its slots. */
async function evaluateDataset({ spec, checkpoint, dataset, ...task }: EvaluationTask): Promise<void> {
  if (task.faults !== undefined) armFailpoints(task.faults)
  const artifacts = openArtifacts(task.artifacts)
  const { state, decoding } = await readSaved(artifacts, checkpoint)
  if (decoding === undefined || !usesDataset(spec.data))
    throw new RangeError(`Cannot evaluate checkpoint "${checkpoint.id}" on data: it does not say what its model reads`)
  const where = { dataset, artifacts: task.artifacts }
  const feed = openTestFeed(spec, await openTested(spec.data, decoding, where, artifacts))
  const engine = await openEngine(task.engine)
  failpoint('evaluation.opened')
  send({ type: 'evaluated', report: (await evaluateTrained(engine, toCpu(spec), feed, state)) ?? null })
}

/** Withdraws a stop that must save the run first. */
function keepOn(): void {
  stop = new AbortController()
  send({ type: 'kept_on' })
}

function reportCheckpoints(buffer: RowBuffer): CheckpointListener {
  return {
    written: (checkpoint) => {
      buffer.flush() // a checkpoint is valid only when the rows before it are stored
      send({ type: 'checkpoint', checkpoint })
    },
    failed: (step, error) => tell('checkpoint_failed', { step, why: sentence(error) }),
  }
}

function tellResumed({ manifest }: Saved, engine: Engine): void {
  tell('checkpoint_resumed', { checkpoint: manifest.id, step: manifest.step })
  const identity = identifyEngine(engine)
  if (!isDeepStrictEqual(identity, manifest.engine)) tell('engine_changed', { from: manifest.engine, to: identity })
}

function now(): number {
  return performance.now()
}

function describeSelection({ engine, ...how }: Selection): EngineDescription {
  return { engine: engine.name, device: engine.backend, versions: { ...engine.versions }, ...how }
}

function tell(code: EventCode, data: Record<string, unknown>): void {
  send({ type: 'event', code, data })
}

function send(message: FromChild | Heartbeat | Warm): void {
  process.send?.(message, undefined, undefined, ignore) // a dead worker causes 'disconnect'
}

/** The worker is dead: its rows would be lost. */
function orphaned(): void {
  process.exit(1)
}

/** Closes the channel after the queued messages; without further work the process ends. */
function leave(): void {
  clearInterval(heartbeat)
  process.off('disconnect', orphaned)
  process.disconnect?.()
}
