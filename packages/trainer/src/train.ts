import { setImmediate as nextTurn } from 'node:timers/promises'
import { learningRateAt, type Engine, type Program, type Session, type StepReport } from '@unroll/bptt'
import type { EventCode, JobSpec, MetricRow } from '@unroll/spec'
import type { Feed } from '@unroll/tasks'
import { evaluate } from './evaluate.ts'
import { endReason, NO_PROGRESS, progressed, type EndReason } from './ending.ts'
import { firstNonfinite } from './flow_counts.ts'
import { isDue, observed } from './observe.ts'
import { count, rowOf, type Counters } from './row.ts'
import { measureBias } from './truncation_bias.ts'

/** How a run ended. */
export type Outcome =
  | { type: 'succeeded'; step: number; reason?: EndReason; result: Record<string, number> }
  | { type: 'stopped'; step: number }
  | { type: 'failed'; step: number; reason: 'nonfinite_loss'; message: string; pointer: string }

export interface TrainOptions {
  /** Stops the run between two steps. */
  signal: AbortSignal
  /** Milliseconds from any fixed moment. */
  clock: () => number
  onRow: (row: MetricRow) => void
  onEvent: (code: EventCode, data: Record<string, unknown>) => void
}

/** The static part of a run that an engine may compile. */
export function programOf(spec: JobSpec, { problem }: Feed): Program {
  return {
    model: spec.model,
    inputs: problem.inputs,
    readout: problem.readout,
    mode: problem.mode,
    batchSize: spec.training.batch_size,
    clipping: spec.clipping,
    optimizer: spec.optimizer,
    sequenceLength: spec.sequence_length,
    seed: spec.training.seed,
  }
}

/** Trains a job from its first step to its last on the engine it is handed. The tensors it makes are freed however it ends. */
export async function train(engine: Engine, spec: JobSpec, feed: Feed, options: TrainOptions): Promise<Outcome> {
  const session = await engine.open(programOf(spec, feed))
  try {
    return await run(session, spec, feed, options)
  } finally {
    session.dispose()
  }
}

async function run(
  session: Session,
  spec: JobSpec,
  feed: Feed,
  { signal, clock, onRow, onEvent }: TrainOptions,
): Promise<Outcome> {
  const { training, observe, optimizer } = spec
  const last = training.max_steps
  let counters: Counters = { steps: 0, clippedSteps: 0, updatesSkipped: 0 }
  let result: Record<string, number> = {}
  let progress = NO_PROGRESS
  let wasUpdated = true

  for (let step = 1; step <= last; step++) {
    await nextTurn() // An engine that computes on this thread would else never let a stop request in.
    if (signal.aborted) return { type: 'stopped', step: step - 1 }

    const started = clock()
    const learningRate = learningRateAt(optimizer, step - 1, last)
    const options = observed(observe, step, last)
    const lesson = feed.lesson(step)
    if (lesson.prefix !== undefined)
      await session.forward(lesson.prefix, { from: 'initial', advance: lesson.prefix.steps })
    const report = await session.step(lesson.batch, lesson.window, { learningRate, ...options })
    counters = count(counters, report)

    const row = rowOf(step, report, { counters, learningRate, stepMs: clock() - started })
    const evaluated = step === last || isDue(training.evaluate_every, step, last) ? await evaluate(session, feed) : {}
    const bias = isDue(observe.bias_every, step, last) ? await measureBias(session, spec, feed) : {}
    Object.assign(row.series, evaluated, bias)
    progress = progressed(training, progress, row.series)
    const reason = endReason(training, progress, row.series)
    if (reason !== undefined && Object.keys(evaluated).length === 0)
      Object.assign(row.series, await evaluate(session, feed))
    result = { ...result, ...row.series }
    const failed = !report.updated && spec.clipping.nonfinite === 'fail'
    const isAsked = Object.values(options).includes(true) || Object.keys({ ...evaluated, ...bias }).length > 0
    if (isAsked || failed || reason !== undefined) onRow(row)
    // One event for a stretch of such steps; each row has its own count.
    if (!report.updated && wasUpdated) onEvent('nonfinite_gradient', whatWasNonfinite(step, report))
    if (failed) return nonfinite(step, report)
    if (reason !== undefined) return { type: 'succeeded', step, reason, result }
    wasUpdated = report.updated
  }
  return { type: 'succeeded', step: last, result }
}

function whatWasNonfinite(step: number, { loss, gradNorm, flow }: StepReport): Record<string, unknown> {
  return { step, loss: String(loss), grad_norm: String(gradNorm), ...(flow && firstNonfinite(flow)) }
}

function nonfinite(step: number, { loss, gradNorm }: StepReport): Outcome {
  return {
    type: 'failed',
    step,
    reason: 'nonfinite_loss',
    message: `Cannot go on training at step ${step} as loss is ${loss} and gradient norm is ${gradNorm}: lower learning_rate, clip by norm, or set nonfinite to "skip" or "zero"`,
    pointer: '/clipping/nonfinite',
  }
}
