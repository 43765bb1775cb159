import type { FindingCode } from '@unroll/contract'
import type { Result } from '../results.ts'
import { ARMS, type ArmName, type ArmResult } from '../sweeps/arms.ts'
import type { Metric } from '../sweeps/trial.ts'
import { table } from './markdown.ts'

/** A sweep in each of the ways, with the same trials. */
export interface SweepRow {
  readonly seed: number
  readonly task: string
  /** The objective. */
  readonly by: Metric
  readonly arms: Readonly<Record<ArmName, ArmResult>>
  /** The same with the loss as the objective. */
  readonly arms_by_loss: Readonly<Record<ArmName, ArmResult>>
}

export interface SweepsResult extends Result {
  readonly engine: string
  readonly samples: number
  readonly steps: number
  readonly stop_on: readonly FindingCode[]
  readonly rows: readonly SweepRow[]
}

/** The sweeps by which anything was decided are the first; those with higher seeds were run afterwards. */
export const HELD_APART_AFTER = 20

const NAMES = Object.keys(ARMS) as ArmName[]

/** What each way comes to, over all sweeps. */
export function sweepsTable(sweeps: readonly SweepRow[], by: 'arms' | 'arms_by_loss' = 'arms'): string {
  const rows = sweeps.map((row) => ({ arms: row[by] }))
  return table(
    ['', 'steps', 'saved', 'same best value', 'winner stopped by a finding', 'winner left out by halving'],
    NAMES.map((name) => {
      const lost = (isHalving: boolean) =>
        rows.filter(({ arms }) => arms[name].lost && (arms[name].lost.by === 'halving') === isHalving).length
      const same = rows.filter(({ arms }) => arms[name].value === arms.whole.value).length
      return [
        ARMS[name].name,
        sumSteps(rows, name).toLocaleString('en'),
        percent(1 - sumSteps(rows, name) / sumSteps(rows, 'whole')),
        `${same} of ${rows.length}`,
        String(lost(false)),
        String(lost(true)),
      ]
    }),
  )
}

/** Each sweep: the steps of each way, and how a winner was lost. */
export function eachSweepTable(rows: readonly SweepRow[]): string {
  return table(
    ['task', 'seed', 'best value', ...NAMES.map((name) => ARMS[name].name), 'stopped', 'winner lost'],
    rows.map(({ seed, task, arms }) => [
      `\`${task}\``,
      String(seed),
      typeof arms.whole.value === 'number' ? arms.whole.value.toPrecision(3) : '–',
      ...NAMES.map((name) => arms[name].steps.toLocaleString('en')),
      String(arms.stopping.stopped),
      NAMES.flatMap((name) => describeLoss(name, arms[name].lost) ?? []).join('; '),
    ]),
  )
}

function describeLoss(name: ArmName, lost: ArmResult['lost']): string | undefined {
  return lost === null ? undefined : `${ARMS[name].name}: by ${lost.by} at ${lost.step}`
}

function sumSteps(rows: readonly Pick<SweepRow, 'arms'>[], name: ArmName): number {
  return rows.reduce((sum, { arms }) => sum + arms[name].steps, 0)
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`
}
