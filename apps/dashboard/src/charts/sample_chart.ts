import { shape } from '../dom/element.ts'

/** A line of a small chart: null where a value is missing. */
export interface SampleLine {
  readonly values: readonly (number | null)[]
  /** The range that the height of the chart stands for. */
  readonly min: number
  readonly max: number
  /** Which of the colours of series it has, from 1. */
  readonly colour: number
}

const WIDTH = 100
const HEIGHT = 40
const MARGIN = 2
/** Colours of series, the strongest last. */
const COLOURS = [1, 2, 4, 5, 6, 3]

/** A small chart of a sequence, each line in its own range. */
export function sampleChart(lines: readonly SampleLine[], label: string): SVGSVGElement {
  const many = lines.length > 6
  return shape(
    'svg',
    {
      class: many ? 'sample-chart many' : 'sample-chart',
      viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
      preserveAspectRatio: 'none',
      role: 'img',
      'aria-label': label,
    },
    ...lines.map((line) => shape('path', { d: drawPath(line), stroke: `var(--series-${COLOURS[line.colour - 1]})` })),
  )
}

/** The line through the values, interrupted where one is missing; a value between two gaps is a dot. */
export function drawPath({ values, min, max }: SampleLine): string {
  const x = (at: number) => round(values.length === 1 ? WIDTH / 2 : (at / (values.length - 1)) * WIDTH)
  const y = (value: number) => {
    const share = max > min ? (value - min) / (max - min) : 0.5
    return round(HEIGHT - MARGIN - share * (HEIGHT - 2 * MARGIN))
  }
  let path = ''
  for (const [at, value] of values.entries()) {
    if (value === null) continue
    const isStart = at === 0 || values[at - 1] === null
    const isLonely = isStart && (values[at + 1] ?? null) === null
    path += `${isStart ? 'M' : 'L'}${x(at)} ${y(value)}${isLonely ? 'h0.1' : ''}`
  }
  return path
}

function round(value: number): number {
  return Math.round(value * 100) / 100
}
