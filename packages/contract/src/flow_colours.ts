// The colours of log₁₀ norms in every picture of a flow, on the page and in files.

export type Rgb = readonly [red: number, green: number, blue: number]

// Viridis (van der Walt and Smith 2015) at 17 even places: lightness rises evenly, also without colour vision
const VIRIDIS = (
  '440154 48186a 472d7b 424086 3b528b 33638d 2c728e 26828e 21918c ' +
  '1fa088 28ae80 3fbc73 5ec962 84d44b addc30 d8e219 fde725'
)
  .split(' ')
  .map(parseHex)

/** Decades of the colours that all runs share: what is outside has the colour of the nearer end. */
export const SHARED_DECADES: { readonly min: number; readonly max: number } = { min: -8, max: 4 }

/** Values without a place on the scale, the most important first: their names in the legend and their colours. */
export const SPECIALS: readonly { kind: SpecialKind; label: string; colour: Rgb }[] = [
  { kind: 'nan', label: 'NaN', colour: parseHex('e6007e') },
  { kind: 'infinity', label: '+Infinity', colour: parseHex('ff5a1f') },
  { kind: 'zero', label: 'exact zero', colour: parseHex('9aa0aa') },
]

export type SpecialKind = 'nan' | 'infinity' | 'zero'

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

export function cssColour([red, green, blue]: Rgb): string {
  return `rgb(${red} ${green} ${blue})`
}

function parseHex(hex: string): Rgb {
  const channel = (at: number) => Number.parseInt(hex.slice(at, at + 2), 16)
  return [channel(0), channel(2), channel(4)]
}
