import { fromJsonNumber, type JsonNumber } from '@unroll/contract'
import type { Result } from '../results.ts'
import { digits, table } from './markdown.ts'

export interface HorizonsResult extends Result {
  readonly steps: number
  /** T. */
  readonly length: number
  /** H. */
  readonly units: number
  readonly rows: readonly {
    readonly cell: string
    readonly task: string
    readonly seed: number
    /** λ_1, nats a time step. */
    readonly exponent: JsonNumber
    /** ln ε / λ_1; null where λ_1 ≥ 0. */
    readonly by_exponent: number | null
    /** ln β of the probe flow. */
    readonly log_beta: number | null
    /** K_ε of the probe flow; null where it reaches through all of T. */
    readonly by_probe: number | null
  }[]
}

export function horizonsTable({ rows, length }: HorizonsResult): string {
  const body = table(
    ['cell', 'task', 'seed', 'λ_1', 'K by λ_1', 'ln β', 'K of the probe', 'off by'],
    rows.map(({ cell, task, seed, exponent, by_exponent: predicted, log_beta, by_probe: measured }) => [
      cell,
      task,
      String(seed),
      fromJsonNumber(exponent).toFixed(3),
      predicted === null ? 'no end' : digits(predicted),
      log_beta === null ? '' : log_beta.toFixed(3),
      measured === null ? `≥ ${length}` : String(measured),
      predicted === null || measured === null ? '' : `${Math.round(100 * (predicted / measured - 1))} %`,
    ]),
    2,
  )
  return `${body}\n\n${summarise(rows, length)}`
}

/** How many of the networks whose gradient ends within T have both horizons within a tenth; the others are right where both lie beyond. */
function summarise(rows: HorizonsResult['rows'], length: number): string {
  const ended = rows.filter(({ by_probe }) => by_probe !== null)
  const near = ended.filter(
    ({ by_exponent: predicted, by_probe: measured }) =>
      predicted !== null && Math.abs(predicted / measured! - 1) <= 0.1,
  )
  const through = rows.filter(({ by_probe }) => by_probe === null)
  const beyond = through.filter(({ by_exponent: predicted }) => predicted === null || predicted >= length)
  const alike = rows.filter(
    ({ exponent, log_beta }) => log_beta !== null && Math.abs(fromJsonNumber(exponent) / log_beta - 1) <= 0.1,
  )
  return `Horizons within 10 %: ${near.length} of ${ended.length} whose gradient ends; both beyond ${length} steps: ${beyond.length} of ${through.length} whose gradient does not. λ_1 within 10 % of ln β: ${alike.length} of ${rows.length}.`
}
