// The bank: specifications with one seeded fault each, beside their twins without it, and healthy ones.

import { FAULT_NAMES, type FaultName } from './faults.ts'
import { HEALTHY } from './rows/healthy.ts'
import { OF_GRADIENT } from './rows/of_gradient.ts'
import { OF_REACH } from './rows/of_reach.ts'
import { OF_UPDATES } from './rows/of_updates.ts'
import { specify, type Row } from './recipes.ts'

/** Rules are changed by what the half `tuning` shows; the score is that of the half `apart`. */
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

/** All specifications, by fault. Of each fault every other row is held apart. */
export const BANK: readonly Specimen[] = FAULT_NAMES.flatMap((fault) =>
  ROWS[fault].map(({ name, recipe, mended }, n): Specimen => {
    const seed = n + 1
    return {
      name: `${fault}: ${name}`,
      fault,
      half: n % 2 === 0 ? 'tuning' : 'apart',
      spec: specify(recipe, seed),
      twin: mended && specify({ ...recipe, ...mended }, seed),
    }
  }),
)
