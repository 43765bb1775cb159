// A network that is trained with batches from outside: each gradient is computed when it is asked for, and waits for its update.

import { learningRateAt, type Engine, type Flow, type Session, type TrainingState } from '@unroll/bptt'
import {
  sessionJob,
  sessionProblem,
  type JobSpec,
  type OptimStepRequest,
  type Problem,
  type SessionBatch,
  type SessionSpec,
} from '@unroll/contract'
import { describeProgram } from '../train.ts'
import { GradientMean } from './gradient_mean.ts'
import { padBatch } from './padded_batch.ts'

/** Everything that a session needs to go on, where no gradient waits. */
export interface BatchSessionState {
  /** Calls of `optimStep`. */
  step: number
  training: TrainingState
}

/** A batch and how it is computed. */
export interface AskedGradient {
  batch: SessionBatch
  state: 'initial' | 'carried'
  flow: boolean
}

export interface GradientAnswer {
  loss: number
  accuracy?: number
  gradNorm: number
  parameterNorms: Readonly<Record<string, number>>
  targets: number
  accumulated: { batches: number; targets: number; loss: number; gradNorm: number }
  /** Of the time steps of the batch. */
  flow?: Flow
}

export interface UpdateAnswer {
  step: number
  updated: boolean
  finite: boolean
  loss: number
  gradNorm: number
  gradNormClipped: number
  clipCoefficient: number
  learningRate: number
}

/** An open session. Calls do not overlap: await each before the next. */
export class BatchSession {
  readonly #session: Session
  readonly #job: JobSpec
  readonly #problem: Problem
  #step: number
  #mean = new GradientMean()

  private constructor(session: Session, spec: SessionSpec, step: number) {
    this.#session = session
    this.#job = sessionJob(spec)
    this.#problem = sessionProblem(spec.problem)
    this.#step = step
  }

  /** @throws {RangeError} where the state does not fit the specification */
  static async open(engine: Engine, spec: SessionSpec, saved?: BatchSessionState): Promise<BatchSession> {
    const program = describeProgram(sessionJob(spec), { problem: sessionProblem(spec.problem) }, engine)
    return new BatchSession(await engine.open(program, saved?.training), spec, saved?.step ?? 0)
  }

  /** Whether a gradient waits: the state between it and its update is not saved. */
  get hasGradient(): boolean {
    return this.#mean.batches > 0
  }

  /** Loss and gradient of a batch; the gradient is added to those that wait. */
  async forwardBackward({ batch, state: from, flow }: AskedGradient): Promise<GradientAnswer> {
    const { sequence_length: T, training } = this.#job
    const padded = padBatch(batch, this.#problem, { rows: training.batch_size, steps: T })
    const report = await this.#session.differentiate(padded, { from, lossSteps: T, advance: T }, { flow })
    const targets = countTargets(batch.targets)
    this.#mean.add(report, targets)
    const { batches, targets: all, loss, gradNorm } = this.#mean
    return {
      loss: report.loss,
      ...(report.accuracy !== undefined && { accuracy: report.accuracy }),
      gradNorm: report.gradNorm,
      parameterNorms: report.parameterNorms ?? {},
      targets,
      accumulated: { batches, targets: all, loss, gradNorm },
      ...(report.flow && { flow: cutFlow(report.flow, batch.steps) }),
    }
  }

  /** Applies the gradient that waits; undefined where none does. */
  async optimStep({ learning_rate: given }: OptimStepRequest): Promise<UpdateAnswer | undefined> {
    if (!this.hasGradient) return undefined
    const { optimizer, training } = this.#job
    const learningRate = given ?? learningRateAt(optimizer, this.#step, training.max_steps)
    const { loss, gradients, gradNorm, clippedFraction } = this.#mean
    const about = { loss, gradients, ...(clippedFraction !== undefined && { clippedFraction }) }
    const report = await this.#session.applyGradients(about, { learningRate })
    this.#mean = new GradientMean()
    this.#step += 1
    const { updated, finite, gradNormClipped, clipCoefficient } = report
    return { step: this.#step, updated, finite, loss, gradNorm, gradNormClipped, clipCoefficient, learningRate }
  }

  /** All that is saved. */
  async state(): Promise<BatchSessionState> {
    return { step: this.#step, training: await this.#session.state() }
  }

  dispose(): void {
    this.#session.dispose()
  }
}

/** Classes that are none are -1, numbers NaN. */
function countTargets(targets: SessionBatch['targets']): number {
  const isTarget = targets instanceof Int32Array ? (target: number) => target >= 0 : Number.isFinite
  let count = 0
  for (const target of targets) count += Number(isTarget(target))
  return count
}

function cutFlow({ h, c }: Flow, steps: number): Flow {
  const cut = (all: readonly Float32Array[]): Float32Array[] => all.map((norms) => norms.subarray(0, steps))
  return { h: cut(h), ...(c && { c: cut(c) }) }
}
