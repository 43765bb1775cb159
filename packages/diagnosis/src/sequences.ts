// What updates that share a sequence come to together: its windows ask for different things, so that one alone says little of a run.

import { taskProblem, usesDataset, type JobSpec } from '@unroll/contract'
import { median } from './statistics.ts'

/** Rows that the present loss is the mean of, at least. */
const NEWEST = 50
/** Updates of a sequence beyond which its windows count one by one: fewer sequences than two are stored. */
const MOST_UPDATES = 500

/** What a row tells of its update. */
interface UpdateRow {
  readonly step: number
  readonly loss: number
  readonly gradNorm: number
}

/** The mean training loss of a sequence, or of a row where each has sequences of its own. */
export interface SequenceLoss {
  /** Its newest training step. */
  readonly step: number
  readonly loss: number
}

/** The loss of each whole sequence, oldest first. A window without a target, which has neither loss nor gradient, does not count. */
export function readLosses(spec: JobSpec, rows: readonly UpdateRow[]): readonly SequenceLoss[] {
  return groupBySequence(spec, rows).map((windows) => {
    const asked = windows.filter(({ loss, gradNorm }) => loss !== 0 || gradNorm !== 0)
    const sum = asked.reduce((total, { loss }) => total + loss, 0)
    return { step: windows.at(-1)!.step, loss: asked.length === 0 ? 0 : sum / asked.length }
  })
}

/** Mean training loss of the newest 50 rows, or of as many in whole sequences; NaN without one, or if one is NaN. */
export function newestLoss(spec: JobSpec, rows: readonly UpdateRow[]): number {
  const losses = readNewest(spec, rows)
  return losses.reduce((sum, loss) => sum + loss, 0) / losses.length
}

/** Their median, which spikes leave alone. */
export function medianLoss(spec: JobSpec, rows: readonly UpdateRow[]): number {
  return median(readNewest(spec, rows))
}

function readNewest(spec: JobSpec, rows: readonly UpdateRow[]): readonly number[] {
  const updates = countUpdates(spec)
  const count = updates === 1 ? NEWEST : (Math.ceil(NEWEST / updates) + 1) * updates
  return readLosses(spec, rows.slice(-count)).map(({ loss }) => loss)
}

/** The largest finite norm of each whole sequence, where it has one. */
export function largestNorms(spec: JobSpec, rows: readonly UpdateRow[]): readonly number[] {
  return groupBySequence(spec, rows).flatMap((windows) => {
    const finite = windows.map(({ gradNorm }) => gradNorm).filter(Number.isFinite)
    return finite.length === 0 ? [] : [Math.max(...finite)]
  })
}

/** The rows of each sequence: not of the one that is under way, nor of one whose beginning is not among the rows. */
function groupBySequence<Row extends UpdateRow>(spec: JobSpec, rows: readonly Row[]): readonly (readonly Row[])[] {
  const updates = countUpdates(spec)
  if (updates === 1) return rows.map((row) => [row])
  const first = Math.ceil(((rows[0]?.step ?? 1) - 1) / updates)
  const ended = Math.floor((rows.at(-1)?.step ?? 0) / updates)
  const sequences = new Map<number, Row[]>()
  for (const row of rows) {
    const index = Math.floor((row.step - 1) / updates)
    if (index < first || index >= ended) continue
    const windows = sequences.get(index)
    if (windows === undefined) sequences.set(index, [row])
    else windows.push(row)
  }
  return [...sequences.values()]
}

/** Updates that share a sequence of a task with a target at every step. */
function countUpdates({ data, bptt, sequence_length: T, training }: JobSpec): number {
  if (bptt.mode === 'full' || usesDataset(data) || training.curriculum) return 1
  const updates = taskProblem(data, T).mode === 'many_to_many' ? T / bptt.k1 : 1
  return updates > MOST_UPDATES ? 1 : updates
}
