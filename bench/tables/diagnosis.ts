import { FINDING_CODES, type FindingCode, type JsonNumber } from '@unroll/contract'
import { isConfirmed, type Examined } from '../diagnosis/examine.ts'
import { FAULT_NAMES } from '../diagnosis/faults.ts'
import { comparePairs, isTrue, judge, measureDelay, score, scored, type Comparison } from '../diagnosis/score.ts'
import type { Result } from '../results.ts'
import { table } from './markdown.ts'

export interface DiagnosisResult extends Result {
  readonly engine: string
  /** Of the whole bench. */
  readonly seconds: number
  readonly rows: readonly Examined[]
}

/** What was wanted of the diagnosis, and what half of the bank shows. */
export function goalsTable(rows: readonly Examined[]): string {
  const { precision, recall } = score(scored(rows))
  const won = (against: 'unchanged' | 'drawn') => shareWon(comparePairs(scored(rows), against))
  const delay = measureDelay(scored(rows))
  const least = (name: string, goal: number, value: number) => [
    name,
    `≥ ${goal}`,
    value.toFixed(3),
    describeGoal(value >= goal),
  ]
  return table(
    ['figure', 'wanted', 'measured', ''],
    [
      least('precision, all rules', 0.95, precision),
      least('recall, all rules', 0.95, recall),
      ['first right finding of a fault, median', '≤ 10 %', percent(delay), describeGoal(delay <= 0.1)],
      least('proposals that end lower than the run as it is', 0.9, won('unchanged')),
      least('proposals that end lower than a drawn change', 0.8, won('drawn')),
    ],
  )
}

function describeGoal(isMet: boolean): string {
  return isMet ? 'met' : 'missed'
}

/** Precision and recall of each rule and of all. */
export function scoreTable(rows: readonly Examined[]): string {
  const line = (name: string, codes: readonly FindingCode[]): string[] => {
    const { right, wrong, missed, precision, recall, told_at } = score(scored(rows), codes)
    return [name, ...[right, wrong, missed].map(String), ratio(precision), ratio(recall), percent(told_at)]
  }
  return table(
    ['rule', 'right', 'wrong', 'missed', 'precision', 'recall', 'told at'],
    [...FINDING_CODES.map((code) => line(`\`${code}\``, [code])), line('all', FINDING_CODES)],
  )
}

/** How many specifications of each fault are told each finding. */
export function confusionTable(rows: readonly Examined[]): string {
  const lines = FAULT_NAMES.map((fault) => {
    const own = scored(rows).filter((row) => row.fault === fault)
    const told = FINDING_CODES.map((code) => own.filter((row) => row.told.some((each) => each.code === code)).length)
    return [`\`${fault}\``, String(own.length), ...told.map((count) => (count === 0 ? '' : String(count)))]
  })
  return table(['fault', 'runs', ...FINDING_CODES.map((code) => `\`${code}\``)], lines)
}

/** Proposed changes beside going on unchanged, and beside drawn ones: won, even and lost. */
export function changesTable(rows: readonly Examined[]): string {
  const line = (name: string, codes: readonly FindingCode[]): string[] => {
    const pairs = (['unchanged', 'drawn'] as const).map((against) => comparePairs(scored(rows), against, codes))
    return [
      name,
      ...pairs.flatMap((pair) => [...Object.values<number>({ ...pair }).map(String), ratio(shareWon(pair))]),
    ]
  }
  return table(
    ['proposed for', 'unchanged: won', 'even', 'lost', 'share', 'drawn: won', 'even', 'lost', 'share'],
    [...FINDING_CODES.map((code) => line(`\`${code}\``, [code])), line('all', FINDING_CODES)],
  )
}

/** Every finding that is wrong or missed, and how the run ended. */
export function errorsTable(rows: readonly Examined[]): string {
  const lines = scored(rows).flatMap((row) =>
    FINDING_CODES.flatMap((code) => {
      const [is, told] = [isTrue(row, code), row.told.find((each) => each.code === code)]
      if (is === undefined || is === (told !== undefined)) return []
      const what = told === undefined ? 'missed' : `told at ${told.step} of ${row.max_steps}`
      return [[row.name, `\`${code}\``, what, Number(row.loss).toPrecision(3)]]
    }),
  )
  return table(['specification', 'finding', '', 'loss / chance'], lines, 3)
}

/** Every proposal that lost, against the run as it is or against the drawn change, with the losses that they ended at. */
export function lostTable(rows: readonly Examined[]): string {
  const lines = scored(rows).flatMap(({ name, loss, told }) =>
    told.flatMap(({ code, proposed, drawn }) => {
      if (proposed === null || drawn === null) return []
      const hasLost = [loss, drawn.loss].some((other) => judge(proposed.loss, other) === 'lost')
      const losses = [loss, proposed.loss, drawn.loss].map(short)
      return hasLost ? [[name, `\`${code}\``, write(proposed.changes), write(drawn.changes), ...losses]] : []
    }),
  )
  return table(['specification', 'finding', 'proposed', 'drawn', 'unchanged', 'proposed', 'drawn'], lines, 4)
}

function write(changes: object): string {
  return `\`${JSON.stringify(changes)}\``
}

function short(loss: JsonNumber): string {
  return Number(loss).toPrecision(3)
}

/** How many specifications of each fault there are, and whose outcome was that of their kind. */
export function bankTable(
  rows: readonly Examined[],
  describe: (fault: (typeof FAULT_NAMES)[number]) => readonly string[],
): string {
  const lines = FAULT_NAMES.map((fault) => {
    const own = rows.filter((row) => row.fault === fault)
    return [`\`${fault}\``, ...describe(fault), String(own.length), String(own.filter(isConfirmed).length)]
  })
  return table(['fault', 'what is seeded', 'wanted', 'left open', 'runs', 'confirmed'], lines, 4)
}

function shareWon({ won, even, lost }: Comparison): number {
  return won / (won + even + lost)
}

function ratio(value: number): string {
  return Number.isNaN(value) ? '' : value.toFixed(2)
}

function percent(value: number): string {
  return Number.isNaN(value) ? '' : `${(100 * value).toFixed(1)} %`
}
