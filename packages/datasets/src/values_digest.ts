import { createHash, type Hash } from 'node:crypto'
import type { FieldPlan } from './columns/column.ts'

/** Marks a value that is missing; texts cannot have it. */
const MISSING = '\u0000'

/**
 * A digest of sequences that does not depend on the format they came in: of their lengths; of all numbers of a step, those
 * of one field after those of another; of the classes or symbols at each step; and, by name, of what each sequence has one of. A
 * class that is a numeral has the digest of the number. Identifiers do not count.
 */
export class ValuesDigest {
  readonly #lengths = createHash('sha256')
  readonly #steps = createHash('sha256')
  readonly #columns = new Map<FieldPlan, Hash>()

  addLengths(lengths: Int32Array): void {
    this.#lengths.update(lengths)
  }

  /** @param columns numbers of each field that has some at each step, with its width */
  addSteps(columns: readonly { width: number; values: Float64Array }[]): void {
    const [only] = columns
    if (only !== undefined) this.#steps.update(columns.length === 1 ? only.values : sideBySide(columns))
  }

  addIds(plan: FieldPlan, ids: Int32Array): void {
    this.#hashOf(plan).update(ids)
  }

  /** The one value of each sequence, as texts. */
  addTexts(plan: FieldPlan, texts: readonly (string | null)[]): void {
    this.#hashOf(plan).update(texts.map((text) => `${text ?? MISSING}\n`).join(''))
  }

  addVectors(plan: FieldPlan, values: Float64Array): void {
    this.#hashOf(plan).update(values)
  }

  /** @param listNames the categories of a field, by id */
  result(listNames: (plan: FieldPlan) => readonly string[]): string {
    const columns = Array.from(this.#columns, ([plan, hash]) => {
      const isPerStep = plan.per === 'step'
      return [plan.per, isPerStep ? '' : plan.name, hash.digest('hex'), ...(isPerStep ? listNames(plan) : [])]
    })
    const perStep = columns.filter(([per]) => per === 'step')
    const perSequence = columns
      .filter(([per]) => per === 'sequence')
      .toSorted(([, a = ''], [, b = '']) => (a < b ? -1 : 1))
    const all = [this.#lengths.digest('hex'), this.#steps.digest('hex'), perStep, perSequence]
    return createHash('sha256').update(JSON.stringify(all)).digest('hex')
  }

  #hashOf(plan: FieldPlan): Hash {
    const hash = this.#columns.get(plan) ?? createHash('sha256')
    this.#columns.set(plan, hash)
    return hash
  }
}

/** Rows of all columns next to each other. */
function sideBySide(columns: readonly { width: number; values: Float64Array }[]): Float64Array {
  const stride = columns.reduce((sum, { width }) => sum + width, 0)
  const joined = new Float64Array(columns.reduce((sum, { values }) => sum + values.length, 0))
  let offset = 0
  for (const { width, values } of columns) {
    for (let at = 0, row = offset; at < values.length; at += width, row += stride)
      for (let within = 0; within < width; within++) joined[row + within] = values[at + within] as number
    offset += width
  }
  return joined
}
