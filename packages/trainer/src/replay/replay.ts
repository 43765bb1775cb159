// A past update computed again: from the checkpoint before it, update by update, with the bits of the run.

import { setImmediate as nextTurn } from 'node:timers/promises'
import {
  createNetwork,
  learningRateAt,
  type Engine,
  type Network,
  type Program,
  type Session,
  type SourceMatrix,
  type StepReport,
  type TrainingState,
} from '@unroll/bptt'
import {
  toJsonNumber,
  type ItemisedMatrix,
  type JobSpec,
  type MetricRow,
  type ObservedInReplay,
  type ReplayResult,
} from '@unroll/contract'
import type { Feed } from '@unroll/tasks'
import { decide, describeDecided, type Decisions } from '../decisions.ts'
import { chooseFlossing } from '../flossing.ts'
import { learn } from '../learn.ts'
import { observed } from '../observe.ts'
import { buildRow, count } from '../row.ts'
import { START, complete, type RunPosition, type RunState } from '../run_state.ts'
import { describeProgram } from '../train.ts'
import { findOrigin } from './origin.ts'
import { profileLayer } from './profiles.ts'

export interface ReplayOptions {
  /** The state to begin from. @default before the first step */
  from?: RunState | undefined
  step: number
  observe: readonly ObservedInReplay[]
  /** Receives a row for each step for which the run has one. */
  onRow: (row: MetricRow) => void
}

/** A past step as it was computed again. */
export type Replayed = Pick<ReplayResult, 'series' | 'layers' | 'origin' | 'computed_steps'>

/** A run whose past updates are computed again, in any order: what an engine compiles for one serves the next. */
export class Replayer {
  readonly #engine: Engine
  readonly #program: Program
  readonly #run: ReplayedRun
  #session: Session | undefined

  constructor(engine: Engine, spec: JobSpec, feed: Feed) {
    this.#engine = engine
    this.#program = describeProgram(spec, feed, engine)
    this.#run = { spec, feed, network: createNetwork(this.#program) }
  }

  /**
   * Computes the updates after `from` again, up to `step`. Calls do not overlap: await each before the next.
   *
   * @throws {RangeError} where `step` is not after `from`, or the state does not fit
   */
  async replay(options: ReplayOptions): Promise<Replayed> {
    const { from, step } = options
    const position = from === undefined ? START : complete(from.position)
    if (step <= position.step)
      throw new RangeError(`Cannot compute step ${step} again from a state after step ${position.step}`)
    const session = await this.#begin(from?.training)
    let before: Before = position
    for (let each = position.step + 1; each < step; each += 1) {
      await nextTurn()
      before = await repeatStep(session, { ...this.#run, options }, each, before)
    }
    const found = await lookAt(session, { ...this.#run, options }, before)
    return { ...found, computed_steps: step - position.step }
  }

  /** Frees every tensor. It must not be used after. */
  dispose(): void {
    this.#session?.dispose()
  }

  async #begin(state: TrainingState | undefined): Promise<Session> {
    if (this.#session === undefined) return (this.#session = await this.#engine.open(this.#program, state))
    await this.#session.restore(state)
    return this.#session
  }
}

/** What stays the same for all updates of a run. */
interface ReplayedRun {
  spec: JobSpec
  feed: Feed
  network: Network
}

/** What the steps before have left, beside the state of the session. */
type Before = Pick<RunPosition, 'counters'> & Decisions

interface Replaying extends ReplayedRun {
  options: ReplayOptions
}

/** An update as the run made it, with a row where the run has one. */
async function repeatStep(
  session: Session,
  { spec, feed, options: { onRow } }: Replaying,
  step: number,
  before: Before,
): Promise<Before> {
  const last = spec.training.max_steps
  const learningRate = learningRateAt(spec.optimizer, step - 1, last)
  const asked = observed(spec.observe, step, last)
  const window = feed.window(step, describeDecided({ spec, feed }, before))
  const report = await learn(session, window, { learningRate, flossing: chooseFlossing(spec, step), ...asked })
  const counters = count(before.counters, report)
  if (Object.values(asked).includes(true)) onRow(buildRow(step, report, { counters, learningRate, stepMs: 0 }))
  const { decisions } = await decide(session, { spec, feed }, step, before)
  return { counters, ...decisions }
}

/** The update that is asked for. */
async function lookAt(
  session: Session,
  { spec, feed, network, options: { step, observe, onRow } }: Replaying,
  before: Before,
): Promise<Omit<Replayed, 'computed_steps'>> {
  const learningRate = learningRateAt(spec.optimizer, step - 1, spec.training.max_steps)
  const { prefix, batch, window } = feed.window(step, describeDecided({ spec, feed }, before))
  if (prefix !== undefined) await session.forward(prefix, { from: 'initial', advance: prefix.steps })
  const wants = (name: ObservedInReplay) => observe.includes(name)
  const wantsLayers = wants('gates') || wants('states')
  const state = wantsLayers ? undefined : await session.state() // what is not finite is inspected afterwards
  const inspected = wantsLayers ? await session.inspect(batch, window) : undefined
  const report = await learn(
    session,
    { batch, window },
    {
      learningRate,
      flossing: chooseFlossing(spec, step),
      sources: wants('matrix') ? spec.observe.matrix_sources : 0,
      exponents: wants('lyapunov') ? (spec.observe.lyapunov_exponents ?? 4) : 0, // absent from older records
      metrics: true,
      flow: true, // the run may have a flow to hold it against
      probe: wants('probe'),
      saturation: wants('saturation'),
    },
  )
  const row = buildRow(step, report, { counters: count(before.counters, report), learningRate, stepMs: 0 })
  onRow(row)
  const origin = async () => {
    if (inspected === undefined) await session.restore(state)
    return findOrigin(inspected ?? (await session.inspect(batch, window)), network, { T: batch.steps })
  }
  const { step_ms: _, ...series } = row.series
  return {
    series: Object.fromEntries(Object.entries(series).map(([name, value]) => [name, toJsonNumber(value)])),
    layers: network.layers.map(({ name }, layer) => ({
      name,
      ...(wants('flow') && describeFlow(report, layer)),
      ...(wants('probe') && describeProbe(report, layer)),
      ...(report.matrix && { matrix: describeMatrix(report.matrix[layer]!) }),
      ...(inspected && profileLayer(inspected.layers[layer]!, batch.steps, observe)),
    })),
    origin: report.finite ? null : await origin(),
  }
}

function describeFlow(
  { flow }: StepReport,
  layer: number,
): Pick<ReplayResult['layers'][number], 'log10_norm' | 'cell_state'> {
  const c = flow?.c?.[layer]
  return { log10_norm: toJson(flow?.h[layer]), ...(c && { cell_state: toJson(c) }) }
}

function describeProbe({ flow }: StepReport, layer: number): Pick<ReplayResult['layers'][number], 'probe' | 'rounded'> {
  const probe = flow?.probe?.[layer]
  return probe === undefined ? {} : { probe: toJson(probe.log10), rounded: probe.rounded }
}

function describeMatrix({ sources, matrix }: SourceMatrix): ItemisedMatrix {
  const T = matrix.length / sources.length
  return {
    sources: [...sources],
    log10_norm: Array.from(sources, (_, s) => toJson(matrix.subarray(s * T, (s + 1) * T))),
  }
}

function toJson(norms: Float32Array | Float64Array = new Float32Array()): ReturnType<typeof toJsonNumber>[] {
  return Array.from(norms, toJsonNumber)
}
