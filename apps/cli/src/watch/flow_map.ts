import type { FlowPage, FlowTile } from '@unroll/client'
import type { ColourBits } from '../terminal.ts'
import { endColours, halfBlock } from './paint.ts'

/** A log₁₀ norm, or what has no place on the scale; null where nothing was measured. */
type Cell = number | 'nan' | 'infinity' | 'zero' | null

/** The scale that the dashboard shares among all runs. */
const DECADES = { min: -8, max: 4 }
/** Viridis from low to high in xterm's palette of 256. */
const PALETTE = [53, 54, 60, 61, 25, 31, 30, 36, 35, 71, 77, 113, 149, 185, 220, 226]
const SPECIALS: Readonly<Record<'nan' | 'infinity' | 'zero', number>> = { nan: 198, infinity: 202, zero: 246 }
const UNMEASURED = 234
/** Without colours, from low to high. */
const SHADES = [' ', '·', '░', '▒', '▓', '█']
const SPECIAL_SHADES: Readonly<Record<'nan' | 'infinity' | 'zero', string>> = { nan: 'N', infinity: '!', zero: '0' }
const PALETTE_BITS = 8
const LABEL = 7

export interface MapSize {
  /** Characters of the whole, with the labels of its time steps. */
  columns: number
  /** Lines of the map itself. */
  lines: number
  bits: ColourBits
}

/**
 * Flow of a layer as lines of characters: training steps from left to right, the last time step on top. A cell shows the
 * greatest norm of its part; NaN before Inf before every number.
 */
export function drawFlowMap(flow: FlowPage | FlowTile, { columns, lines, bits }: MapSize): string[] {
  const { steps, timesteps } = flow
  if (steps.length === 0 || timesteps.length === 0) return []
  const cells = readCells(flow)
  const isColoured = bits >= PALETTE_BITS
  const height = Math.min(timesteps.length, isColoured ? 2 * lines : lines)
  const width = columns - LABEL
  const at = (x: number, y: number) =>
    mergeCells(cells, spanOf(x, width, steps.length), spanOf(y, height, timesteps.length))
  const rows = Array.from({ length: height }, (_, y) => Array.from({ length: width }, (__, x) => at(x, height - 1 - y)))
  const drawn = isColoured ? drawHalves(rows) : rows.map((row) => row.map(shadeOf).join(''))
  return drawn.map((line, row) => {
    const label = row === 0 ? String(lastTimestep(flow)) : row === drawn.length - 1 ? '1' : ''
    return `${label.padStart(LABEL - 1)} ${line}`
  })
}

/** What the colours or shades mean, in one line. */
export function describeScale(bits: ColourBits): string {
  const isColoured = bits >= PALETTE_BITS
  const scale = isColoured
    ? endColours(PALETTE.map((colour) => halfBlock(colour, colour)).join(''))
    : `"${SHADES.join('')}"`
  const special = (kind: keyof typeof SPECIALS) =>
    isColoured ? endColours(halfBlock(SPECIALS[kind], SPECIALS[kind])) : SPECIAL_SHADES[kind]
  return `1e${DECADES.min} ${scale} 1e${DECADES.max}  ${special('nan')} NaN  ${special('infinity')} Inf  ${special('zero')} zero`
}

/** The newest time step of buckets is known by their width alone. */
function lastTimestep(flow: FlowPage | FlowTile): number {
  const last = flow.timesteps.at(-1) ?? 0
  return 'bucket_timesteps' in flow ? last + flow.bucket_timesteps - 1 : last
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
  return typeof cell === 'string' ? SPECIALS[cell] : pick(PALETTE, cell)
}

function shadeOf(cell: Cell): string {
  if (cell === null) return ' '
  return typeof cell === 'string' ? SPECIAL_SHADES[cell] : pick(SHADES, cell)
}

function pick<Of>(scale: readonly Of[], log10Norm: number): Of {
  const share = (log10Norm - DECADES.min) / (DECADES.max - DECADES.min)
  const place = Math.floor(Math.min(Math.max(share, 0), 1) * scale.length)
  return scale[Math.min(place, scale.length - 1)] as Of
}
