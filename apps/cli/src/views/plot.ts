// Charts of characters: each has two columns and four rows of braille dots.

const BRAILLE = 0x2800
/** Bits of the dots of a character, by row and column. */
const DOTS = [
  [0x01, 0x08],
  [0x02, 0x10],
  [0x04, 0x20],
  [0x40, 0x80],
] as const
const [DOTS_WIDE, DOTS_HIGH] = [2, 4]
/** Ratio of greatest and least value from which on an axis is logarithmic. */
const LOG_FROM = 100
/** Columns of the numbers of the axis. */
const AXIS = 10
const NOT_FINITE = '!'

/** Values of a series at its steps, or the least and the greatest of consecutive steps. */
export interface Curve {
  steps: readonly number[]
  low: readonly (number | null)[]
  high: readonly (number | null)[]
  /** Where a value is not finite. */
  isMarked: readonly boolean[]
}

export interface Scale {
  /** First and last step. */
  steps: readonly [number, number]
  /** Least and greatest value. */
  values: readonly [number, number]
  isLog: boolean
}

/** A scale that has room for all finite values of some curves; undefined if there is none. */
export function measureScale(curves: readonly Curve[]): Scale | undefined {
  const steps = curves.flatMap((curve) => [...curve.steps])
  const values = curves.flatMap(({ low, high }) => [...low, ...high]).filter(isFinite)
  if (values.length === 0) return undefined
  const [least, greatest] = extremes(values)
  return { steps: extremes(steps), values: [least, greatest], isLog: least > 0 && greatest / least >= LOG_FROM }
}

/** A curve in lines of at most `columns` characters. `!` above the chart marks steps that have a value that is not finite. */
export function drawPlot(curve: Curve, scale: Scale, { columns, rows }: { columns: number; rows: number }): string[] {
  const width = columns - AXIS - 2
  const cells = Array.from({ length: rows }, () => new Uint8Array(width))
  const marks = Array.from({ length: width }, () => ' ')
  const toY = placeValue(scale, rows * DOTS_HIGH)
  const [first, last] = scale.steps
  for (const [at, step] of curve.steps.entries()) {
    const x = Math.round(((step - first) / Math.max(1, last - first)) * (width * DOTS_WIDE - 1))
    if (curve.isMarked[at] === true) marks[Math.floor(x / DOTS_WIDE)] = NOT_FINITE
    const ends = [curve.low[at], curve.high[at]].filter(isFinite).map(toY)
    if (ends.length > 0) for (let y = Math.min(...ends); y <= Math.max(...ends); y += 1) dot(cells, x, y)
  }
  const lines = cells.map((row, at) => {
    const [least, greatest] = scale.values
    const label = at === 0 ? greatest : at === rows - 1 ? least : undefined
    const words = label === undefined ? '' : String(Number(label.toPrecision(4)))
    return `${words.padStart(AXIS)} ┤${String.fromCodePoint(...Array.from(row, (bits) => BRAILLE + bits))}`
  })
  const end = String(last)
  const foot = `${String(first).padEnd(Math.max(0, width - end.length))}${end}`
  const gap = ' '.repeat(AXIS + 2)
  return [...(marks.includes(NOT_FINITE) ? [gap + marks.join('')] : []), ...lines, gap + foot]
}

/** The row of dots of a value, from the top. */
function placeValue({ values: [least, greatest], isLog }: Scale, dots: number): (value: number) => number {
  const on = isLog ? Math.log : (value: number) => value
  const range = on(greatest) - on(least)
  return (value) => Math.round((range === 0 ? 0.5 : (on(greatest) - on(value)) / range) * (dots - 1))
}

function isFinite(value: number | null | undefined): value is number {
  return Number.isFinite(value)
}

function dot(cells: readonly Uint8Array[], x: number, y: number): void {
  const row = cells[Math.floor(y / DOTS_HIGH)]
  const column = Math.floor(x / DOTS_WIDE)
  const bit = DOTS[y % DOTS_HIGH]?.[x % DOTS_WIDE] ?? 0
  if (row !== undefined) row[column] = (row[column] ?? 0) | bit
}

function extremes(values: readonly number[]): [number, number] {
  return values.reduce<[number, number]>(
    ([least, greatest], value) => [Math.min(least, value), Math.max(greatest, value)],
    [Infinity, -Infinity],
  )
}
