// The matrix products of a training step of the grid, and some that fit no tile, no panel and no cache.

import type { Sizes } from './char_model.ts'
import { GRID, SIZE_NAMES } from './grid.ts'

export interface Product {
  readonly rows: number
  readonly inner: number
  readonly columns: number
  /** Whether its weights are packed for it alone; otherwise once for all time steps. */
  readonly packs: boolean
  /** Where it occurs: `large lstm forward`. */
  readonly uses: readonly string[]
}

/** Columns of the products of one time step, in multiples of H. The gru multiplies the state that was reset by itself. */
const WIDTHS = { lstm: [4], gru: [2, 1], rnn: [1] } as const

/** By themselves: rows below and above a tile, columns beside a panel, K that no first cache holds. */
const ODD: readonly (readonly [number, number, number])[] = [
  [1, 512, 512],
  [7, 131, 77],
  [13, 300, 100],
  [33, 1000, 129],
  [8, 4096, 512],
  [64, 8192, 256],
]

/** Each shape once, with all its uses. */
export function productsOfGrid(): readonly Product[] {
  const products = new Map<string, Product>()
  const add = (rows: number, inner: number, columns: number, packs: boolean, use: string): void => {
    const key = [rows, inner, columns, packs].join()
    const uses = products.get(key)?.uses ?? []
    products.set(key, { rows, inner, columns, packs, uses: uses.includes(use) ? uses : [...uses, use] })
  }
  for (const size of SIZE_NAMES) {
    for (const cell of ['lstm', 'gru', 'rnn'] as const) addSteps(add, GRID[size], `${size} ${cell}`, WIDTHS[cell])
    addHoisted(add, GRID[size], size)
  }
  for (const [rows, inner, columns] of ODD) add(rows, inner, columns, false, 'odd')
  return [...products.values()]
}

type Add = (rows: number, inner: number, columns: number, packs: boolean, use: string) => void

/** The products of each time step, of a whole batch and of the shards of two cores. */
function addSteps(add: Add, { B, H }: Sizes, of: string, widths: readonly number[]): void {
  for (const rows of [B, Math.ceil(B / 2), Math.floor(B / 2)]) {
    for (const width of widths) {
      add(rows, H, width * H, false, `${of} forward`)
      add(rows, width * H, H, false, `${of} backward`)
    }
  }
}

/** Those of all time steps at once, of one shard of two: input of an lstm, read-out. */
function addHoisted(add: Add, { T, B, E, H, V, L }: Sizes, of: string): void {
  const rows = T * Math.ceil(B / 2)
  for (const inner of L > 1 ? [E, H] : [E]) {
    add(rows, inner, 4 * H, true, `${of} lstm input`)
    add(rows, 4 * H, inner, true, `${of} lstm input backward`)
  }
  add(rows, H, V, true, `${of} read-out`)
  add(rows, V, H, true, `${of} read-out backward`)
}
