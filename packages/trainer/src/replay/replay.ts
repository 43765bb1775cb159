// A past update computed again: from the checkpoint before it, update by update, with the bits of the run.

import { setImmediate as nextTurn } from 'node:timers/promises'
import {
  createNetwork,
  learningRateAt,
  type Engine,
  type InspectedStep,
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
import type { Feed, TrainingWindow } from '@unroll/tasks'
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

/**
 * Computes the updates after `from` again, up to `step`.
 *
 * @throws {RangeError} where `step` is not after `from`
 */
export async function replay(engine: Engine, spec: JobSpec, feed: Feed, options: ReplayOptions): Promise<Replayed> {
  const { from, step } = options
  const position = from === undefined ? START : complete(from.position)
  if (step <= position.step)
    throw new RangeError(`Cannot compute step ${step} again from a state after step ${position.step}`)
  const program = describeProgram(spec, feed, engine)
  const session = await engine.open(program, from?.training)
  try {
    let before: Before = position
    for (let each = position.step + 1; each < step; each += 1) {
      await nextTurn()
      before = await repeatStep(session, { spec, feed, options }, each, before)
    }
    const found = await lookAt({ engine, program, session }, { spec, feed, options }, before)
    return { ...found, computed_steps: step - position.step }
  } finally {
    session.dispose()
  }
}

/** A run before an update. */
interface Opened {
  engine: Engine
  program: Program
  state: TrainingState
}

/** What the steps before have left, beside the state of the session. */
type Before = Pick<RunPosition, 'counters'> & Decisions

interface Replaying {
  spec: JobSpec
  feed: Feed
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
  { session, ...opened }: Pick<Opened, 'engine' | 'program'> & { session: Session },
  { spec, feed, options: { step, observe, onRow } }: Replaying,
  before: Before,
): Promise<Omit<Replayed, 'computed_steps'>> {
  const learningRate = learningRateAt(spec.optimizer, step - 1, spec.training.max_steps)
  const window = feed.window(step, describeDecided({ spec, feed }, before))
  const { prefix, batch } = window
  if (prefix !== undefined) await session.forward(prefix, { from: 'initial', advance: prefix.steps })
  const state = await session.state()
  const wants = (name: ObservedInReplay) => observe.includes(name)
  const report = await learn(
    session,
    { batch, window: window.window },
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
  const network = createNetwork(opened.program)
  const wantsLayers = wants('gates') || wants('states')
  const inspected = wantsLayers || !report.finite ? await inspect({ ...opened, state }, window) : undefined
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
    origin: inspected !== undefined && !report.finite ? findOrigin(inspected, network, { T: batch.steps }) : null,
  }
}

/** An update looked at before it is made. */
async function inspect({ engine, program, state }: Opened, { batch, window }: TrainingWindow): Promise<InspectedStep> {
  const session = await engine.open(program, state)
  try {
    return await session.inspect(batch, window)
  } finally {
    session.dispose()
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
