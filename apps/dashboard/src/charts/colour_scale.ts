// Scales of heat maps: which log₁₀ norms have which colour.

import { SHARED_DECADES, viridis, type Rgb } from '@unroll/client'
import type { Range } from './ticks.ts'

/** Decades to either side of the norm at t = T. */
export const RELATIVE_DECADES: Range = { min: -8, max: 8 }

export type ColourMode = 'shared' | 'run' | 'relative'

/** A range of log₁₀ norms, and the colour at each share of it. */
export interface ColourScale {
  readonly decades: Range
  /** @param share 0 to 1; shares outside have the colour of the nearer end */
  readonly colour: (share: number) => Rgb
}

/** The scale of a mode. @param own the decades of the run itself */
export function chooseScale(mode: ColourMode, own: Range | null): ColourScale {
  if (mode === 'relative') return { decades: RELATIVE_DECADES, colour: diverging }
  return { decades: mode === 'run' ? (own ?? SHARED_DECADES) : SHARED_DECADES, colour: viridis }
}

/** The least range of decades that has all of them. */
export function mergeDecades(all: readonly (Range | null)[]): Range | null {
  const known = all.filter((range) => range !== null)
  if (known.length === 0) return null
  return { min: Math.min(...known.map(({ min }) => min)), max: Math.max(...known.map(({ max }) => max)) }
}

/** Lightness, chroma and hue of the ends and the middle in OKLCh (Ottosson 2020). */
const MIDDLE_LIGHTNESS = 0.97
const END_LIGHTNESS = 0.38
const END_CHROMA = 0.17
const BLUE = (262 * Math.PI) / 180
const ORANGE = (42 * Math.PI) / 180

/**
 * Blue below the middle, white at it, orange above it. Lightness and chroma change in equal steps in OKLab, so that equal
 * differences look equal on either side.
 */
export function diverging(share: number): Rgb {
  const signed = 2 * Math.min(1, Math.max(0, share)) - 1
  const strength = Math.abs(signed)
  const lightness = MIDDLE_LIGHTNESS + (END_LIGHTNESS - MIDDLE_LIGHTNESS) * strength
  const hue = signed < 0 ? BLUE : ORANGE
  const chroma = END_CHROMA * strength
  return fromOklab(lightness, chroma * Math.cos(hue), chroma * Math.sin(hue))
}

/** sRGB of a colour in OKLab; channels outside the gamut are cut off. */
function fromOklab(L: number, a: number, b: number): Rgb {
  const l = (L + 0.3963377774 * a + 0.2158037573 * b) ** 3
  const m = (L - 0.1055613458 * a - 0.0638541728 * b) ** 3
  const s = (L - 0.0894841775 * a - 1.291485548 * b) ** 3
  return [
    toByte(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s),
    toByte(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s),
    toByte(-0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s),
  ]
}

function toByte(linear: number): number {
  const value = linear <= 0.0031308 ? 12.92 * linear : 1.055 * linear ** (1 / 2.4) - 0.055
  return Math.round(255 * Math.min(1, Math.max(0, value)))
}
