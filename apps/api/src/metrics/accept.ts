/** One range of media types of an `Accept` header (RFC 9110, 12.5.1). */
interface Range {
  type: string
  quality: number
}

/** How closely a range names a type; negative where it does not. */
const CLOSENESS: readonly ((range: string, type: string) => boolean)[] = [
  (range) => range === '*/*',
  (range, type) => range.endsWith('/*') && type.startsWith(range.slice(0, -1)),
  (range, type) => range === type,
]

/**
 * The type that an `Accept` header asks for: of the highest quality, then the one it names most closely, then the one it
 * names first, then the first on offer. Undefined where it takes none of them.
 */
export function preferred(accept: string | undefined, offers: readonly string[]): string | undefined {
  const header = accept?.trim() || '*/*'
  if (header === '*/*') return offers[0] // what most who poll ask for
  const ranges = header.split(',').map(rangeOf)
  const rated = offers.map((type, offered) => ({ type, offered, ...ratingOf(type, ranges) }))
  const [best] = rated
    .filter(({ quality }) => quality > 0)
    .toSorted((a, b) => b.quality - a.quality || b.closeness - a.closeness || a.at - b.at || a.offered - b.offered)
  return best?.type
}

/** What of a header holds for a type: the range that names it most closely. */
function ratingOf(type: string, ranges: readonly Range[]): { quality: number; closeness: number; at: number } {
  return ranges
    .map((range, at) => ({
      quality: range.quality,
      closeness: CLOSENESS.findLastIndex((names) => names(range.type, type)),
      at,
    }))
    .filter(({ closeness }) => closeness >= 0)
    .reduce((best, one) => (one.closeness > best.closeness ? one : best), { quality: 0, closeness: -1, at: 0 })
}

function rangeOf(text: string): Range {
  const [type = '', ...parameters] = text
    .toLowerCase()
    .split(';')
    .map((part) => part.trim())
  const quality = parameters.find((parameter) => parameter.startsWith('q='))
  return { type, quality: quality === undefined ? 1 : Number(quality.slice(2)) || 0 }
}
