import { toJsonNumber, type FindingCode, type JobSpec, type MetricRow, type RecordedFinding } from '@unroll/contract'
import { Observer } from './observations.ts'
import { propose } from './proposal.ts'
import type { Rule, Symptom } from './rule.ts'
import { RULES } from './rules.ts'

/** Rules are asked after so many rows: rows are numbered, so that a run is diagnosed the same each time. */
const EVERY_ROWS = 25

/** Follows the rows of a run and holds them against every rule. What it keeps is bounded, however long the run is. */
export class Diagnostician {
  readonly #observer: Observer
  readonly #findings = new Map<FindingCode, RecordedFinding>()
  #rows = 0
  #step = 0

  constructor(spec: JobSpec) {
    this.#observer = new Observer(spec)
  }

  /** Takes in rows. Gives the findings that began or ceased to hold meanwhile, whatever pieces the rows come in. */
  observe(rows: readonly MetricRow[]): RecordedFinding[] {
    return rows.flatMap((row) => {
      this.#observer.observe(row)
      this.#step = row.step
      this.#rows += 1
      return this.#rows % EVERY_ROWS === 0 ? this.examine() : []
    })
  }

  /** Holds what was observed against the rules now. Gives the findings that begin or cease to hold. */
  examine(): RecordedFinding[] {
    const changed = RULES.flatMap((rule) => this.#changed(rule.code, this.#symptomOf(rule)) ?? [])
    for (const finding of changed) this.#findings.set(finding.code, finding)
    return changed
  }

  /** Nothing is found before a rule has enough to look at. */
  #symptomOf(rule: Rule): Symptom | null {
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
    const { layer, timestep, fromStep, toStep, figures, remedies } = symptom
    const { advice = null, changes = null } = propose(this.#observer.spec, remedies) ?? {}
    const numbers = Object.entries(figures).map(([name, value]) => [name, toJsonNumber(value)] as const)
    return {
      code,
      first_step: firstStep,
      until_step: null,
      evidence: { layer, timestep, from_step: fromStep, to_step: toStep, figures: Object.fromEntries(numbers) },
      advice,
      changes,
    }
  }
}
