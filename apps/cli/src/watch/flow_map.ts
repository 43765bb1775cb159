import type { FlowPage, FlowTile } from '@unroll/client'
import { endColours, halfBlock, type ColourBits } from './paint.ts'

/** A log₁₀ norm, or what has no place on the scale; null where nothing was measured. */
type Cell = number | 'nan' | 'infinity' | 'zero' | null

interface Decades {
  min: number
  max: number
}

/** The scale that the dashboard shares among all runs. */
const SHARED: Decades = { min: -8, max: 4 }
/** Viridis from low to high in xterm's palette of 256. */
const PALETTE = [53, 54, 60, 61, 25, 31, 30, 36, 35, 71, 77, 113, 149, 185, 220, 226]
const SPECIALS: Readonly<Record<'nan' | 'infinity' | 'zero', number>> = { nan: 198, infinity: 202, zero: 246 }
const UNMEASURED = 234
/** Without colours, from low to high. */
const SHADES = [' ', '·', '░', '▒', '▓', '█']
const SPECIAL_SHADES: Readonly<Record<'nan' | 'infinity' | 'zero', string>> = { nan: 'N', infinity: '!', zero: '0' }
const PALETTE_BITS = 8
/** Columns beside a map. */
export const LABEL = 7

export interface MapSize {
  /** Characters of the whole, with the labels of its time steps. */
  columns: number
  /** Lines of the map itself. */
  lines: number
  bits: ColourBits
  /** The last time step, T; buckets know their first alone. */
  last: number
}

export interface FlowMap {
  lines: string[]
  /** What its colours or shades mean, in one line. */
  scale: string
}

/**
 * Flow of a layer as lines of characters: training steps from left to right, the last time step on top. A cell shows the
 * greatest norm of its part; NaN before Inf before every number. Colours have one scale for all runs; shades are too few for
 * that and span the decades of this one.
 */
export function drawFlowMap(flow: FlowPage | FlowTile, { columns, lines, bits, last }: MapSize): FlowMap | undefined {
  const { steps, timesteps } = flow
  if (steps.length === 0 || timesteps.length === 0) return undefined
  const cells = readCells(flow)
  const isColoured = bits >= PALETTE_BITS
  const decades = isColoured ? SHARED : spanDecades(cells)
  const height = Math.min(timesteps.length, isColoured ? 2 * lines : lines)
  const width = columns - LABEL
  const at = (x: number, y: number) =>
    mergeCells(cells, spanOf(x, width, steps.length), spanOf(y, height, timesteps.length))
  const rows = Array.from({ length: height }, (_, y) => Array.from({ length: width }, (__, x) => at(x, height - 1 - y)))
  const drawn = isColoured ? drawHalves(rows) : rows.map((row) => row.map((cell) => shadeOf(cell, decades)).join(''))
  const labels = drawn.map((_, row) => (row === 0 ? String(last) : row === drawn.length - 1 ? '1' : ''))
  return {
    lines: drawn.map((line, row) => `${(labels[row] ?? '').padStart(LABEL - 1)} ${line}`),
    scale: describeScale(isColoured, decades),
  }
}

function describeScale(isColoured: boolean, { min, max }: Decades): string {
  const scale = isColoured ? endColours(PALETTE.map((colour) => halfBlock(colour, colour)).join('')) : SHADES.join('')
  const special = (kind: keyof typeof SPECIALS) =>
    isColoured ? endColours(halfBlock(SPECIALS[kind], SPECIALS[kind])) : SPECIAL_SHADES[kind]
  return `1e${min} ${scale} 1e${max}  ${special('nan')} NaN  ${special('infinity')} Inf  ${special('zero')} zero`
}

/** The whole decades of the finite norms. */
function spanDecades(cells: readonly (readonly Cell[])[]): Decades {
  let [min, max] = [Infinity, -Infinity]
  for (const row of cells)
    for (const cell of row) if (typeof cell === 'number') [min, max] = [Math.min(min, cell), Math.max(max, cell)]
  return min > max ? SHARED : { min: Math.floor(min), max: Math.max(Math.ceil(max), Math.floor(min) + 1) }
}

function readCells(flow: FlowPage | FlowTile): Cell[][] {
  if (!('bucket_steps' in flow)) return flow.log10_norm.map((row) => row.map(cellOf))
  const { max, nan, infinity, zero } = flow.log10_norm
  return max.map((row, step) =>
    row.map((value, t): Cell => {
      if ((nan?.[step]?.[t] ?? 0) > 0) return 'nan'
      if ((infinity?.[step]?.[t] ?? 0) > 0) return 'infinity'
      if (value !== null) return value
      return (zero?.[step]?.[t] ?? 0) > 0 ? 'zero' : null
    }),
  )
}

function cellOf(value: number | null): Cell {
  if (value === null) return null
  if (Number.isNaN(value)) return 'nan'
  if (value === Infinity) return 'infinity'
  return value === -Infinity ? 'zero' : value
}

/** The places of `count` that fall on one of `parts`: at least one. */
function spanOf(part: number, parts: number, count: number): [from: number, to: number] {
  const from = Math.floor((part * count) / parts)
  return [from, Math.max(from + 1, Math.floor(((part + 1) * count) / parts))]
}

function mergeCells(
  cells: readonly (readonly Cell[])[],
  [fromStep, toStep]: [number, number],
  [fromT, toT]: [number, number],
): Cell {
  const part = cells.slice(fromStep, toStep).flatMap((row) => row.slice(fromT, toT))
  if (part.includes('nan')) return 'nan'
  if (part.includes('infinity')) return 'infinity'
  const norms = part.filter((cell) => typeof cell === 'number')
  if (norms.length > 0) return Math.max(...norms)
  return part.includes('zero') ? 'zero' : null
}

/** Two rows in a line; the lower half of a last single row is empty. */
function drawHalves(rows: readonly (readonly Cell[])[]): string[] {
  const lines: string[] = []
  for (let row = 0; row < rows.length; row += 2) {
    const [upper = [], lower = []] = [rows[row], rows[row + 1]]
    lines.push(endColours(upper.map((cell, x) => halfBlock(colourOf(cell), colourOf(lower[x] ?? null))).join('')))
  }
  return lines
}

function colourOf(cell: Cell): number {
  if (cell === null) return UNMEASURED
  return typeof cell === 'string' ? SPECIALS[cell] : pick(PALETTE, cell, SHARED)
}

function shadeOf(cell: Cell, decades: Decades): string {
  if (cell === null) return ' '
  return typeof cell === 'string' ? SPECIAL_SHADES[cell] : pick(SHADES, cell, decades)
}

function pick<Of>(scale: readonly Of[], log10Norm: number, { min, max }: Decades): Of {
  const share = (log10Norm - min) / (max - min)
  const place = Math.floor(Math.min(Math.max(share, 0), 1) * scale.length)
  return scale[Math.min(place, scale.length - 1)] as Of
}
