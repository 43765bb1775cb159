// How the rows of the half that is held apart are drawn: by a seed, so that nobody chooses one.

import { random } from '@unroll/random'
import type { FaultName } from '../faults.ts'
import type { Row } from '../recipes.ts'

const SEED = 211_130

/** The draws of one row, in order. */
export interface Draws {
  /** One of a few, each as likely. */
  readonly pick: <Item>(items: readonly Item[]) => Item
  /** A number of a range, its logarithm evenly, to so many digits. @default 2 */
  readonly between: (least: number, most: number, digits?: number) => number
  /** A whole number of a range, both ends in it. */
  readonly whole: (least: number, most: number) => number
}

/** A row, as it is drawn, and the seed of its run. */
export interface DrawnRow extends Row {
  readonly seed: number
}

/** Makes a row; each of a fault has several, which take turns. */
export type Draw = (draws: Draws, units: number) => Row

/** `count` rows of a fault. Of its ways to make a row each has its turn; all else is drawn. */
export function drawRows(fault: FaultName, count: number, ways: readonly Draw[]): readonly DrawnRow[] {
  return Array.from({ length: count }, (_, n) => {
    const draws = drawsOf(fault, n)
    const [units, seed] = [draws.whole(10, 28), draws.whole(1_000, 1_000_000)]
    const row = ways[n % ways.length]!(draws, units)
    return { ...row, name: `${row.name}, ${units} units, seed ${seed}`, seed }
  })
}

function drawsOf(fault: FaultName, n: number): Draws {
  const stream = random(SEED, `diagnosis.${fault}`, n)
  return {
    pick: (items) => items[stream.integer(items.length)]!,
    between: (least, most, digits = 2) => Number((least * (most / least) ** stream.uniform()).toPrecision(digits)),
    whole: (least, most) => least + stream.integer(most - least + 1),
  }
}
