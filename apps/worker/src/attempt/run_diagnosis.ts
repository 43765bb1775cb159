import { Diagnostician } from '@unroll/diagnosis'
import type { JobSpec, MetricRow, RecordedFinding } from '@unroll/contract'
import type { Logger } from 'pino'

/** The diagnosis of an attempt. An error in it is logged and ends the diagnosis, never the run. */
export class RunDiagnosis {
  readonly #spec: JobSpec
  readonly #log: Logger
  #diagnostician: Diagnostician | undefined

  constructor(spec: JobSpec, log: Logger) {
    this.#spec = spec
    this.#log = log
  }

  /** Begins with the first row. @param chance the best loss without memory, as the run measures it */
  begin(chance: number): void {
    this.#diagnostician = new Diagnostician(this.#spec, chance)
  }

  /**
   * Adds rows.
   *
   * @returns the findings that began or ceased to hold
   */
  observe(rows: readonly MetricRow[]): RecordedFinding[] {
    return this.#guarded((diagnostician) => diagnostician.observe(rows))
  }

  /** The findings that begin or cease to hold with the last row. */
  end(): RecordedFinding[] {
    return this.#guarded((diagnostician) => diagnostician.examine())
  }

  /** Whether the loss is clearly below the best loss without memory. */
  get isLearning(): boolean {
    return this.#diagnostician?.isLearning ?? false
  }

  #guarded(ask: (diagnostician: Diagnostician) => RecordedFinding[]): RecordedFinding[] {
    if (this.#diagnostician === undefined) return []
    try {
      return ask(this.#diagnostician)
    } catch (error) {
      this.#log.error(error, 'diagnosis ended by a fault of its own')
      this.#diagnostician = undefined
      return []
    }
  }
}
