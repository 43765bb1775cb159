import type { MetricRow } from '@unroll/contract'
import type { Progress } from '@unroll/store'

const PACE_SMOOTHING = 0.05 // share of the newest step in the running mean of step times

/** The newest step of an attempt, its pace and its engine. */
export class RunProgress {
  readonly #fromStep: number
  #current: Progress

  constructor(fromStep: number) {
    this.#fromStep = fromStep
    this.#current = { step: fromStep }
  }

  get current(): Progress {
    return this.#current
  }

  get step(): number {
    return this.#current.step
  }

  setEngine(engine: NonNullable<Progress['engine']>): void {
    this.#current = { ...this.#current, engine }
  }

  /** Not every step has a row. */
  advanceTo(step: number): void {
    this.#current = { ...this.#current, step: Math.max(step, this.#current.step) }
  }

  measurePace(rows: readonly MetricRow[]): void {
    for (const { step, series } of rows) {
      if (step === this.#fromStep + 1) continue // the first step of a process also builds its graph
      const ms = series['step_ms'] ?? 0
      const smoothed = this.#current.stepMs ?? ms
      this.#current = { ...this.#current, stepMs: smoothed + PACE_SMOOTHING * (ms - smoothed) }
    }
  }
}
