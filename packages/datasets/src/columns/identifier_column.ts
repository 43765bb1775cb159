import type { DatasetField } from '@unroll/contract'
import { toText } from './category_column.ts'
import { described, type Column, type FieldPlan, type Report } from './column.ts'

/** Texts that name sequences: of them nothing is counted but how many are missing. */
export class IdentifierColumn implements Column<(string | null)[]> {
  readonly plan: FieldPlan
  #texts: (string | null)[] = []
  #missing = 0

  constructor(plan: FieldPlan) {
    this.plan = plan
  }

  append(value: unknown, _rows: number, report: Report): void {
    const text = toText(value)
    if (text === undefined) report([], 'Must be a text or a number', value)
    if (text === null) this.#missing += 1
    this.#texts.push(text ?? null)
  }

  take(): (string | null)[] {
    const texts = this.#texts
    this.#texts = []
    return texts
  }

  describe(): DatasetField {
    return { ...described(this.plan), missing: this.#missing }
  }
}
