import { MISSING } from '../data/flow_rows.ts'
import type { Range } from './ticks.ts'

export type Rgb = readonly [red: number, green: number, blue: number]

// Viridis (van der Walt and Smith 2015) at 17 even places: lightness rises evenly, also without colour vision
const VIRIDIS = (
  '440154 48186a 472d7b 424086 3b528b 33638d 2c728e 26828e 21918c ' +
  '1fa088 28ae80 3fbc73 5ec962 84d44b addc30 d8e219 fde725'
)
  .split(' ')
  .map(parseHex)

/** Values without a place on the scale, the most important first: their names in the legend and their colours. */
export const SPECIALS: readonly { kind: SpecialKind; label: string; colour: Rgb }[] = [
  { kind: 'nan', label: 'NaN', colour: parseHex('e6007e') },
  { kind: 'infinity', label: '+Infinity', colour: parseHex('ff5a1f') },
  { kind: 'zero', label: 'exact zero', colour: parseHex('9aa0aa') },
]

export type SpecialKind = 'nan' | 'infinity' | 'zero'
export type SpecialCounts = Record<SpecialKind, number>

/** The kind of a log₁₀ norm without a place on the scale; undefined for a finite or unmeasured norm. */
export function specialKind(log10Norm: number): SpecialKind | undefined {
  if (Number.isNaN(log10Norm)) return 'nan'
  if (log10Norm === Infinity) return 'infinity'
  return log10Norm === -Infinity ? 'zero' : undefined
}

/** The colour at `share` of the scale, 0 to 1; values outside have the colour of the nearer end. */
export function viridis(share: number): Rgb {
  const place = Math.min(1, Math.max(0, share)) * (VIRIDIS.length - 1)
  const low = VIRIDIS[Math.floor(place)] ?? [0, 0, 0]
  const high = VIRIDIS[Math.ceil(place)] ?? low
  const mix = (channel: 0 | 1 | 2) => Math.round(low[channel] + (high[channel] - low[channel]) * (place % 1))
  return [mix(0), mix(1), mix(2)]
}

/** The whole decades that contain every finite value of a grid, and the counts of special values. */
export function survey(values: Float32Array): { decades: Range | null; counts: SpecialCounts; finite: number } {
  const counts: SpecialCounts = { nan: 0, infinity: 0, zero: 0 }
  let [min, max, finite] = [Infinity, -Infinity, 0]
  for (const value of values) {
    if (value === MISSING) continue
    const kind = specialKind(value)
    if (kind !== undefined) {
      counts[kind] += 1
      continue
    }
    finite += 1
    if (value < min) min = value
    if (value > max) max = value
  }
  if (finite === 0) return { decades: null, counts, finite }
  return { decades: { min: Math.floor(min), max: Math.max(Math.ceil(max), Math.floor(min) + 1) }, counts, finite }
}

export function cssColour([red, green, blue]: Rgb): string {
  return `rgb(${red} ${green} ${blue})`
}

function parseHex(hex: string): Rgb {
  const channel = (at: number) => Number.parseInt(hex.slice(at, at + 2), 16)
  return [channel(0), channel(2), channel(4)]
}
