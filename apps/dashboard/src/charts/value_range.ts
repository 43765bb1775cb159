import type { Drawing } from './decimate.ts'
import type { Guide } from './overlay.ts'
import type { Range } from './ticks.ts'

const PADDING = 0.06
/**
 * A guide farther than this from the data, in data heights or decades, is not shown, because it would flatten the data.
 */
const GUIDE_REACH = { linear: 4, log: 3 } as const

/** The range of a chart's axis: all drawn values and the guides near them, with a margin. */
export function valueRange(
  drawing: Pick<Drawing, 'y' | 'bands'>,
  { guides, log }: { guides: readonly Guide[]; log: boolean },
): Range {
  const bands = drawing.bands.flatMap((of) => of.flatMap(({ least, greatest }) => [least, greatest]))
  const drawn = extent([...drawing.y.flat(), ...bands])
  if (drawn === null) return padded(extent(guides.map(({ at }) => at)) ?? { min: 0, max: 1 }, log)
  const reach = log ? GUIDE_REACH.log : GUIDE_REACH.linear * Math.max(drawn.max - drawn.min, Math.abs(drawn.max))
  const near = guides.map(({ at }) => at).filter((at) => at >= drawn.min - reach && at <= drawn.max + reach)
  return padded(extent([drawn.min, drawn.max, ...near]) ?? drawn, log)
}

function extent(values: readonly (number | null | undefined)[]): Range | null {
  let [min, max] = [Infinity, -Infinity]
  for (const value of values) {
    if (value === null || value === undefined) continue
    if (value < min) min = value
    if (value > max) max = value
  }
  return min <= max ? { min, max } : null
}

/** Margin above and below. A linear axis starts at zero if its data come near zero on the scale of the chart. */
function padded({ min, max }: Range, log: boolean): Range {
  const height = max - min || (log ? 1 : Math.abs(max) || 1)
  const room = height * PADDING
  const startsAtZero = !log && min >= 0 && min < max / 3
  return { min: startsAtZero ? 0 : min - room, max: max + room }
}
