import type { JobSpec, MetricRow } from '@unroll/contract'
import { readFlow, type FlowReading } from './flow_reading.ts'
import { medianLoss, newestLoss } from './sequences.ts'

/** Number of stored rows: one more than the longest range of a rule. */
const ROWS = 1_001
const READINGS = 3

/** The scalars of one row that rules use; NaN if not measured. */
export interface ScalarRow {
  step: number
  loss: number
  gradNorm: number
  clipCoefficient: number
  /** Number of steps at which clipping acted, from the beginning of the run to this one. */
  clippedSteps: number
  /** Number of norms of the flow that are Inf or NaN; 0 if the flow was not observed. */
  flowNonfinite: number
  /** The place at which the gradient, on its way back, was first non-finite. */
  nonfiniteAt: { layer: number; timestep: number } | null
}

/** A measurement at some of the steps. */
export interface Gauge {
  first: number
  /** Oldest first, at most 3. */
  newest: readonly { step: number; value: number }[]
}

/** The input of the rules: a bounded view of the newest numbers of a run. */
export interface Observations {
  readonly spec: JobSpec
  /** Best loss without memory; NaN if nothing has a target. */
  readonly chance: number
  /** Oldest first. */
  readonly rows: readonly ScalarRow[]
  /** The largest finite gradient norm before clipping, of the whole run; 0 before the first row. */
  readonly largestNorm: number
  /** The newest 3 at most, oldest first. */
  readonly readings: readonly FlowReading[]
  /** Saturation and truncation bias by the names of their series. */
  readonly gauges: ReadonlyMap<string, Gauge>
}

const GAUGED = /^(?:saturation|gate_saturation)\/|^truncation_bias$/

/** Stores the figures of the rows of a run that the rules use. */
export class Observer implements Observations {
  readonly spec: JobSpec
  readonly chance: number
  readonly #rows: ScalarRow[] = []
  readonly #readings: FlowReading[] = []
  readonly #gauges = new Map<string, Gauge>()
  #largestNorm = 0

  constructor(spec: JobSpec, chance: number) {
    this.spec = spec
    this.chance = chance
  }

  get rows(): readonly ScalarRow[] {
    return this.#rows.slice(-ROWS)
  }

  get largestNorm(): number {
    return this.#largestNorm
  }

  get readings(): readonly FlowReading[] {
    return this.#readings
  }

  get gauges(): ReadonlyMap<string, Gauge> {
    return this.#gauges
  }

  observe(row: MetricRow): void {
    this.#rows.push(extractScalars(row))
    if (this.#rows.length >= 2 * ROWS) this.#rows.splice(0, this.#rows.length - ROWS)
    const { grad_norm: norm = 0, grad_norm_max: largest = norm } = row.series
    if (Number.isFinite(largest)) this.#largestNorm = Math.max(this.#largestNorm, largest)
    if (row.flow !== undefined) {
      this.#readings.push(readFlow(this.spec, row, row.flow))
      if (this.#readings.length > READINGS) this.#readings.shift()
    }
    for (const [name, value] of Object.entries(row.series)) if (GAUGED.test(name)) this.#gauge(name, row.step, value)
  }

  #gauge(name: string, step: number, value: number): void {
    const { first, newest } = this.#gauges.get(name) ?? { first: value, newest: [] }
    this.#gauges.set(name, { first, newest: [...newest, { step, value }].slice(-READINGS) })
  }
}

function extractScalars({ step, series }: MetricRow): ScalarRow {
  const read = (name: string): number => series[name] ?? Number.NaN
  const layer = series['first_nonfinite_layer']
  const timestep = series['first_nonfinite_timestep']
  return {
    step,
    loss: read('loss'),
    gradNorm: read('grad_norm'),
    clipCoefficient: read('clip_coefficient'),
    clippedSteps: Math.round(read('clipped_share') * step),
    flowNonfinite: series['flow_nonfinite'] ?? 0,
    nonfiniteAt: layer === undefined || timestep === undefined ? null : { layer, timestep },
  }
}

/** The finite gradient norms before clipping of the stored rows. */
export function finiteNorms(rows: readonly ScalarRow[]): number[] {
  return rows.map(({ gradNorm }) => gradNorm).filter(Number.isFinite)
}

/** The newest `count` flow readings, or an empty list while there are fewer. */
export function sustained<Item>(items: readonly Item[], count: number): readonly Item[] {
  return items.length < count ? [] : items.slice(-count)
}

/** Share of the newest `steps` steps at which clipping acted; null while the stored rows span fewer. */
export function shareClipped(rows: readonly ScalarRow[], steps: number): number | null {
  const last = rows.at(-1)
  const [oldest] = rows
  if (last === undefined || oldest === undefined) return null
  const before = rows.findLast(({ step }) => step <= last.step - steps)
  if (before !== undefined) return (last.clippedSteps - before.clippedSteps) / (last.step - before.step)
  return oldest.step === 1 && last.step === steps ? last.clippedSteps / steps : null
}

/** The share of the best loss without memory below which a run has begun to learn: the step from there to half of it takes a few updates. */
const LEARNING = 0.8

/** Whether the loss of the run is clearly below the best loss without memory. */
export function isLearning({ spec, chance, rows }: Observations): boolean {
  return newestLoss(spec, rows) < LEARNING * chance
}

/** How many times the best loss without memory a loss is that a constant answer would have brought down, given some steps. */
const SETTLED = 1.5

/**
 * Whether most of the newest losses are clearly above the best loss without memory: the weights are still on their way from where they
 * began, or are carried away, and what the gradient shows is of the moment.
 */
export function isUnsettled({ spec, chance, rows }: Observations): boolean {
  return medianLoss(spec, rows) > SETTLED * chance
}
