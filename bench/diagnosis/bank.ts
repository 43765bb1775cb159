// The bank: specifications with one seeded fault each, beside their twins without it, and healthy ones.

import { DRAWN } from './drawn/rows.ts'
import { FAULT_NAMES, type FaultName } from './faults.ts'
import { HEALTHY } from './rows/healthy.ts'
import { OF_GRADIENT } from './rows/of_gradient.ts'
import { OF_REACH } from './rows/of_reach.ts'
import { OF_UPDATES } from './rows/of_updates.ts'
import { specify, type Row } from './recipes.ts'

/**
 * Rules are changed by what the half `tuning` shows, whose rows are chosen; the score is that of the half `apart`, whose rows are
 * drawn.
 */
export type Half = 'tuning' | 'apart'

/** A specification of the bank. */
export interface Specimen {
  readonly name: string
  readonly fault: FaultName
  readonly half: Half
  readonly spec: object
  /** The same without the fault; null of a healthy one. */
  readonly twin: object | null
}

const ROWS: Readonly<Record<FaultName, readonly Row[]>> = {
  healthy: HEALTHY,
  ...OF_GRADIENT,
  ...OF_REACH,
  ...OF_UPDATES,
}

/** All specifications, by fault. */
export const BANK: readonly Specimen[] = FAULT_NAMES.flatMap((fault) => [
  ...ROWS[fault].map((row, n) => build(fault, 'tuning', row, n + 1)),
  ...DRAWN[fault].map((row) => build(fault, 'apart', row, row.seed)),
])

function build(fault: FaultName, half: Half, { name, recipe, mended }: Row, seed: number): Specimen {
  return {
    name: `${fault}: ${name}`,
    fault,
    half,
    spec: specify(recipe, seed),
    twin: mended && specify({ ...recipe, ...mended }, seed),
  }
}
