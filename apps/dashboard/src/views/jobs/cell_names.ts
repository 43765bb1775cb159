import { CELLS, type CellName } from '@unroll/client'

export const CELL_NAMES: readonly CellName[] = Object.keys(CELLS) as CellName[]
