import { setImmediate as nextTurn } from 'node:timers/promises'
import { learningRateAt, type Engine, type Program, type Session, type StepReport } from '@unroll/bptt'
import {
  countGpus,
  countMicroBatches,
  chooseSegmentSteps,
  chooseShards,
  lengthAt,
  type EvaluationReport,
  type EventCode,
  type JobSpec,
  type MetricRow,
} from '@unroll/contract'
import type { Feed } from '@unroll/tasks'
import { evaluate, evaluateLengths, prefixScores, type Evaluated } from './evaluate.ts'
import { decide, describeDecided } from './decisions.ts'
import { endReason, progressed, type EndReason } from './ending.ts'
import { buildReport } from './evaluation_report.ts'
import { firstNonfinite } from './flow_counts.ts'
import { chooseFlossing } from './flossing.ts'
import { learn } from './learn.ts'
import { isDue, isMultiple } from './intervals.ts'
import { observed } from './observe.ts'
import { count, buildRow } from './row.ts'
import { START, complete, type Occasion, type RunPosition, type RunState } from './run_state.ts'
import { measureBias } from './truncation_bias.ts'

interface Failure {
  type: 'failed'
  step: number
  reason: 'nonfinite_loss'
  message: string
  pointer: string
}

/** The end of a run. */
export type Outcome =
  | {
      type: 'succeeded'
      step: number
      reason?: EndReason
      result: Readonly<Record<string, number>>
      /** Of each part of a data set that was held out, all of it. */
      evaluations: readonly EvaluationReport[]
    }
  | { type: 'stopped'; step: number }
  | Failure

export interface TrainOptions {
  /** The state to resume from. @default before the first step */
  resume?: RunState

  /**
   * Stops the run between two steps. It is read each time: if it is no longer aborted after the state was offered, the
   * stop is withdrawn.
   */
  readonly signal: AbortSignal
  /** Milliseconds since any fixed time. */
  clock: () => number
  onRow: (row: MetricRow) => void
  /** Called after each update, after its row if it has one. */
  onStep: (step: number) => void
  onEvent: (code: EventCode, data: Record<string, unknown>) => void
  /**
   * Offers the state after `step`, after all rows up to there; training continues when this resolves. `take` copies
   * every tensor, and must not be called later. An error ends the run.
   */
  onCheckpoint: (occasion: Occasion, step: number, take: () => Promise<RunState>) => Promise<void>
}

/** The static part of a run that an engine may compile for its device. */
export function describeProgram(
  spec: JobSpec,
  { problem }: Pick<Feed, 'problem'>,
  { accelerator }: Pick<Engine, 'accelerator'>,
): Program {
  return {
    model: spec.model,
    inputs: problem.inputs,
    readout: problem.readout,
    mode: problem.mode,
    batchSize: spec.training.batch_size,
    clipping: spec.clipping,
    optimizer: spec.optimizer,
    frozen: spec.training.freeze ?? [], // absent from older records
    microBatches: countMicroBatches(spec),
    shards: chooseShards(spec, accelerator),
    gpus: countGpus(spec),
    sequenceLength: spec.sequence_length,
    segmentSteps: chooseSegmentSteps(spec, problem, accelerator),
    seed: spec.training.seed,
  }
}

/**
 * Trains a job to its last step, from its first or from `resume`, on the given engine. Its tensors are freed in every
 * case.
 */
export async function train(engine: Engine, spec: JobSpec, feed: Feed, options: TrainOptions): Promise<Outcome> {
  const session = await engine.open(describeProgram(spec, feed, engine), options.resume?.training)
  try {
    return await run(session, spec, feed, options)
  } finally {
    session.dispose()
  }
}

async function run(session: Session, spec: JobSpec, feed: Feed, options: TrainOptions): Promise<Outcome> {
  const { max_steps: last } = spec.training
  let position = options.resume === undefined ? START : complete(options.resume.position)
  const save = (occasion: Occasion) =>
    options.onCheckpoint(occasion, position.step, async () => ({ position, training: await session.state() }))

  let newest: Evaluated | undefined
  while (position.step < last && position.reason === undefined) {
    await nextTurn() // Otherwise an engine that computes on this thread would never let a stop request in.
    if (options.signal.aborted) {
      await save('stopped')
      if (options.signal.aborted) return { type: 'stopped', step: position.step }
    }
    const next = await trainStep(session, { spec, feed, options }, position)
    if ('type' in next) return next
    position = next.position
    newest = next.evaluated
    const { step, reason } = position
    options.onStep(step)
    if (step < last && reason === undefined && isMultiple(spec.checkpoint.every_steps, step)) await save('due')
  }
  await save('ended')
  const { step, reason } = position
  const { result, evaluations } = await conclude(session, feed, position, newest)
  return { type: 'succeeded', step, ...(reason && { reason }), result, evaluations }
}

/** What a run comes to: its newest numbers, what chance reaches, and how all that was held out is answered. */
async function conclude(
  session: Session,
  feed: Feed,
  { step, result }: RunPosition,
  newest: Evaluated | undefined,
): Promise<Pick<Extract<Outcome, { type: 'succeeded' }>, 'result' | 'evaluations'>> {
  const { loss, accuracy, mae, rmse } = feed.problem.chance
  if (feed.scoring === undefined) return { result: { ...result, chance_loss: loss }, evaluations: [] }
  const validation = newest ?? (await evaluate(session, feed, 'validation'))
  const test = await evaluate(session, feed, 'test')
  const chance = {
    chance_loss: loss,
    ...(accuracy !== null && { chance_accuracy: accuracy }),
    ...(mae !== undefined && { chance_mae: mae }),
    ...(rmse !== undefined && { chance_rmse: rmse }),
  }
  return {
    result: { ...result, ...chance, ...prefixScores('test', test) },
    evaluations: [
      ...(validation ? [buildReport('validation', step, feed, validation)] : []),
      ...(test ? [buildReport('test', step, feed, test)] : []),
    ],
  }
}

/** What stays the same for all steps of a run. */
interface Training {
  spec: JobSpec
  feed: Feed
  options: Pick<TrainOptions, 'clock' | 'onRow' | 'onEvent'>
}

/** Where a run is after a step, and the evaluation that was made then. */
interface Stepped {
  position: RunPosition
  evaluated: Evaluated | undefined
}

/**
 * Trains the step after `before`.
 *
 * @returns the next position, or the failure
 */
export async function trainStep(
  session: Session,
  { spec, feed, options: { clock, onRow, onEvent } }: Training,
  before: RunPosition,
): Promise<Stepped | Failure> {
  const { training, observe, optimizer, clipping } = spec
  const step = before.step + 1
  const last = training.max_steps
  const started = clock()
  const learningRate = learningRateAt(optimizer, step - 1, last)
  const asked = observed(observe, step, last)
  const decided = describeDecided({ spec, feed }, before)
  const flossing = chooseFlossing(spec, step)
  const report = await learn(session, feed.window(step, decided), { learningRate, flossing, ...asked })
  const counters = count(before.counters, report)

  const row = buildRow(step, report, { counters, learningRate, stepMs: clock() - started })
  const isEvaluated = step === last || isDue(training.evaluate_every, step, last)
  let evaluated = isEvaluated ? await evaluate(session, feed, 'validation') : undefined
  const bias = isDue(observe.bias_every, step, last) ? await measureBias(session, spec, feed, decided) : {}
  const { decisions, series: measured } = await decide(session, { spec, feed }, step, before)
  Object.assign(row.series, prefixScores('evaluation', evaluated), bias, measured)
  if (decided.reach) row.series['k2'] = decided.reach.k2
  if (training.curriculum) row.series['sequence_length'] = lengthAt(spec, step, before.growths)
  const progress = progressed(training, before.progress, row.series)
  const reason = endReason(training, progress, row.series)
  if (reason !== undefined && evaluated === undefined) {
    evaluated = await evaluate(session, feed, 'validation')
    Object.assign(row.series, prefixScores('evaluation', evaluated))
  }
  if (evaluated !== undefined) Object.assign(row.series, await evaluateLengths(session, feed))
  const failed = !report.updated && clipping.nonfinite === 'fail'
  const isMeasured = [bias, measured].some((series) => Object.keys(series).length > 0)
  const isAsked = Object.values(asked).includes(true) || evaluated !== undefined || isMeasured
  if (isAsked || failed || reason !== undefined) onRow(row)
  // One event for consecutive steps of this kind; each row has its own count.
  if (!report.finite && before.wasFinite)
    onEvent('nonfinite_gradient', { ...whatWasNonfinite(step, report), policy: clipping.nonfinite })
  if (failed) return nonfinite(step, report)
  if (decisions.growths > before.growths)
    onEvent('sequences_grew', {
      step,
      from: lengthAt(spec, step, before.growths),
      to: lengthAt(spec, step + 1, decisions.growths),
      ...measured,
    })
  const result = { ...before.result, ...row.series }
  const reached = { step, counters, progress, result, wasFinite: report.finite, ...(reason && { reason }) }
  const position: RunPosition = { ...reached, ...decisions }
  return { position, evaluated }
}

function whatWasNonfinite(step: number, report: StepReport): Record<string, unknown> {
  const { loss, gradNorm, gradNormClipped, flow } = report
  return {
    step,
    loss: String(loss),
    grad_norm: String(gradNorm),
    ...(isTooLarge(report) && { grad_norm_clipped: String(gradNormClipped) }),
    ...(flow && firstNonfinite(flow)),
  }
}

/** Whether everything is finite except the result of the update. */
function isTooLarge({ loss, gradNorm, finite }: StepReport): boolean {
  return !finite && Number.isFinite(loss) && Number.isFinite(gradNorm)
}

function nonfinite(step: number, report: StepReport): Failure {
  const { loss, gradNorm, gradNormClipped } = report
  const why = isTooLarge(report)
    ? `the gradient norm after clipping is ${gradNormClipped}, with which the update would leave the range of float32`
    : `loss is ${loss} and gradient norm is ${gradNorm}`
  return {
    type: 'failed',
    step,
    reason: 'nonfinite_loss',
    message: `Cannot go on training at step ${step} as ${why}: lower learning_rate, clip by norm, or set nonfinite to "skip" or "zero"`,
    pointer: '/clipping/nonfinite',
  }
}
