// The score: what was told beside what is true.

import { FINDING_CODES, type FindingCode, type JsonNumber } from '@unroll/contract'
import { median } from '../timing.ts'
import { isConfirmed, type Examined, type Told } from './examine.ts'
import { FAULTS } from './faults.ts'

/** A share of the loss at chance from which on a run is at chance. */
const AT_CHANCE = 0.9
/** How much lower one loss must be than the other to be better. */
const BETTER = 0.98

/** Counts of one rule, or of all. */
export interface Score {
  readonly right: number
  readonly wrong: number
  readonly missed: number
  /** Of what is told; NaN where nothing is. */
  readonly precision: number
  /** Of what is true; NaN where nothing is. */
  readonly recall: number
  /** Median share of max_steps at which a right finding is first told; NaN without one. */
  readonly told_at: number
}

/** Specifications whose outcome is not that of their kind say nothing of the rules. */
export function scored(rows: readonly Examined[]): readonly Examined[] {
  return rows.filter(isConfirmed)
}

/**
 * Whether a finding is right of a specification; undefined where its fault leaves this open. A run is at chance if its held-out loss at
 * the end is; one that was not finite is neither.
 */
export function isTrue({ fault, loss }: Pick<Examined, 'fault' | 'loss'>, code: FindingCode): boolean | undefined {
  if (code === 'at_chance') return Number.isFinite(Number(loss)) ? Number(loss) >= AT_CHANCE : undefined
  const { wanted, allowed } = FAULTS[fault]
  if (wanted.includes(code)) return true
  return allowed.includes(code) ? undefined : false
}

/** @param codes the rules that are counted */
export function score(rows: readonly Examined[], codes: readonly FindingCode[] = FINDING_CODES): Score {
  const counts = { right: 0, wrong: 0, missed: 0 }
  const shares: number[] = []
  for (const row of rows)
    for (const code of codes) {
      const [is, finding] = [isTrue(row, code), row.told.find((each) => each.code === code)]
      if (is === true && finding !== undefined) shares.push(finding.step / row.max_steps)
      if (is === true) counts[finding === undefined ? 'missed' : 'right']++
      if (is === false && finding !== undefined) counts.wrong++
    }
  const { right, wrong, missed } = counts
  return {
    ...counts,
    precision: right / (right + wrong),
    recall: right / (right + missed),
    told_at: median(shares),
  }
}

/** The median share of max_steps at which the seeded fault is first told by a right finding. */
export function measureDelay(rows: readonly Examined[]): number {
  const shares = rows.flatMap(({ fault, told, max_steps }) => {
    const steps = told.filter(({ code }) => FAULTS[fault].wanted.includes(code)).map(({ step }) => step)
    return steps.length === 0 ? [] : [Math.min(...steps) / max_steps]
  })
  return median(shares)
}

/** How a proposed change compares. */
export interface Comparison {
  readonly won: number
  readonly even: number
  readonly lost: number
}

/** @param against going on unchanged, or the drawn change */
export function comparePairs(
  rows: readonly Examined[],
  against: 'unchanged' | 'drawn',
  codes: readonly FindingCode[] = FINDING_CODES,
): Comparison {
  const counts = { won: 0, even: 0, lost: 0 }
  for (const row of rows)
    for (const told of row.told) if (codes.includes(told.code)) countPair(counts, row, told, against)
  return counts
}

function countPair(
  counts: Record<keyof Comparison, number>,
  { loss }: Examined,
  { proposed, drawn }: Told,
  against: 'unchanged' | 'drawn',
): void {
  if (proposed === null || drawn === null) return
  counts[judge(proposed.loss, against === 'drawn' ? drawn.loss : loss)]++
}

/** How a loss compares with another one. */
export function judge(own: JsonNumber, other: JsonNumber): keyof Comparison {
  if (Number(own) < BETTER * Number(other)) return 'won'
  return Number(other) < BETTER * Number(own) ? 'lost' : 'even'
}
