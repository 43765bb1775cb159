import { toJsonNumber, type FindingCode, type JobSpec, type MetricRow, type RecordedFinding } from '@unroll/contract'
import { Observer, isLearning } from './observations.ts'
import { propose } from './proposal.ts'
import type { Rule, Symptom } from './rule.ts'
import { RULES } from './rules.ts'

/** Rows between two evaluations of the rules: counting rows makes the diagnosis of a run reproducible. */
const EVERY_ROWS = 25

/** Evaluates every rule on the rows of a run. Its memory is bounded for a run of any length. */
export class Diagnostician {
  readonly #observer: Observer
  readonly #findings = new Map<FindingCode, RecordedFinding>()
  #rows = 0
  #step = 0

  /** @param chance the best loss without memory, as the run measures it; NaN if nothing has a target */
  constructor(spec: JobSpec, chance: number) {
    this.#observer = new Observer(spec, chance)
  }

  /**
   * Adds rows.
   *
   * @returns the findings that began or ceased to hold, independent of the division of the rows
   */
  observe(rows: readonly MetricRow[]): RecordedFinding[] {
    return rows.flatMap((row) => {
      this.#observer.observe(row)
      this.#step = row.step
      this.#rows += 1
      return this.#rows % EVERY_ROWS === 0 ? this.examine() : []
    })
  }

  /**
   * Evaluates the rules now.
   *
   * @returns the findings that begin or cease to hold
   */
  examine(): RecordedFinding[] {
    const changed = RULES.flatMap((rule) => this.#changed(rule.code, this.#findSymptom(rule)) ?? [])
    for (const finding of changed) this.#findings.set(finding.code, finding)
    return changed
  }

  /** Whether the mean loss of the newest rows is clearly below the best loss without memory. */
  get isLearning(): boolean {
    return isLearning(this.#observer)
  }

  /** A rule finds nothing before it has enough data. */
  #findSymptom(rule: Rule): Symptom | null {
    const from = rule.from(this.#observer.spec)
    return typeof from === 'number' && this.#step >= from ? rule.find(this.#observer) : null
  }

  #changed(code: FindingCode, symptom: Symptom | null): RecordedFinding | undefined {
    const known = this.#findings.get(code)
    const holds = known?.until_step === null
    if (holds === (symptom !== null)) return undefined
    if (symptom !== null) return this.#finding(code, symptom, known?.first_step ?? this.#step)
    return known && { ...known, until_step: this.#step }
  }

  #finding(code: FindingCode, symptom: Symptom, firstStep: number): RecordedFinding {
    const { layer = null, timestep = null, fromStep, toStep, figures, remedies } = symptom
    const { advice, changes } = propose(this.#observer.spec, remedies) ?? { advice: symptom.advice, changes: null }
    const numbers = Object.entries(figures).map(([name, value]) => [name, toJsonNumber(value)] as const)
    return {
      code,
      first_step: firstStep,
      until_step: null,
      evidence: { layer, timestep, from_step: fromStep, to_step: toStep, figures: Object.fromEntries(numbers) },
      advice: advice ?? null,
      changes,
    }
  }
}
