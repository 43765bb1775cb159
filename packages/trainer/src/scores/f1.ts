/** How the targets of a class were answered. */
export interface ClassRow {
  class: string
  support: number
  precision: number
  recall: number
  f1: number
}

/** Precision, recall and F1 of a class from how often it was a target, an answer, and both. */
export function classRow(
  name: string,
  { targets, answers, right }: Record<'targets' | 'answers' | 'right', number>,
): ClassRow {
  return {
    class: name,
    support: targets,
    precision: right / answers, // NaN of 0 / 0
    recall: right / targets,
    f1: (2 * right) / (targets + answers),
  }
}

/** Mean F1 of the classes that are a target or an answer; NaN of none. */
export function macroF1(rows: readonly ClassRow[]): number {
  const known = rows.map(({ f1 }) => f1).filter((f1) => !Number.isNaN(f1))
  return known.reduce((sum, f1) => sum + f1, 0) / known.length
}
