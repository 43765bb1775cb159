// The flow of a run as a picture: a heat map for each layer, of training steps (to the right) by time steps (upwards), as SVG.
// It has no text of users in it.

import { SHARED_DECADES, SPECIALS, cssColour, specialKind, viridis } from '@unroll/contract'
import type { FlowColumn, FlowTile } from '@unroll/history'

/** The recorded flow of one layer. */
export interface LayerFlowTile {
  /** Such as `layers.0.forward`. */
  readonly name: string
  readonly tile: FlowTile
}

const [PLOT_WIDTH, PLOT_HEIGHT, LEFT, RIGHT] = [600, 112, 72, 24]
const [TOP, TITLE, FOOT, LEGEND] = [34, 20, 28, 46]
const WIDTH = LEFT + PLOT_WIDTH + RIGHT
/** Colours of the scale: a step is a quarter of a decade. */
const SHADES = 4 * (SHARED_DECADES.max - SHARED_DECADES.min) + 1
const NOT_RECORDED = 'No flow was recorded up to this checkpoint (observe.flow_every).'

/** @param window time steps of a full window: T */
export function drawFlow(layers: readonly LayerFlowTile[], window: number): string {
  const recorded = layers.filter(({ tile }) => tile.columns.size > 0)
  const panel = TITLE + PLOT_HEIGHT + FOOT
  const height = TOP + Math.max(1, recorded.length) * panel + LEGEND
  const title = 'log₁₀‖∂L/∂h_t‖ of each layer, by training step and time step'
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" font-family="system-ui, sans-serif" font-size="11.5" fill="#171a20" role="img">`,
    `<title>${title}</title>`,
    `<rect width="${WIDTH}" height="${height}" fill="#ffffff"/>`,
    `<text x="${LEFT}" y="20" font-size="12.5">${title}</text>`,
    ...recorded.map((layer, place) => drawLayer(layer, window, TOP + place * panel)),
    ...(recorded.length === 0 ? [`<text x="${LEFT}" y="${TOP + TITLE}">${NOT_RECORDED}</text>`] : []),
    drawLegend(height - LEGEND),
    '</svg>',
    '',
  ].join('\n')
}

function drawLayer({ name, tile }: LayerFlowTile, window: number, top: number): string {
  const buckets = [...tile.columns.keys()]
  const [first = 0, last = 0] = [buckets[0], buckets.at(-1)]
  const { count } = tile.lines
  const [plot, bottom] = [top + TITLE, top + TITLE + PLOT_HEIGHT]
  const scale = `scale(${PLOT_WIDTH / buckets.length} ${PLOT_HEIGHT / count})`
  return [
    `<text x="${LEFT}" y="${top + 13}">${name}</text>`,
    `<g transform="translate(${LEFT} ${plot}) ${scale}" shape-rendering="crispEdges">`,
    ...drawCells(tile),
    '</g>',
    `<rect x="${LEFT}" y="${plot}" width="${PLOT_WIDTH}" height="${PLOT_HEIGHT}" fill="none" stroke="#c4c9d1"/>`,
    drawLabel(LEFT - 6, plot + 10, 'end', `t = ${window}`),
    drawLabel(LEFT - 6, bottom, 'end', 't = 1'),
    drawLabel(LEFT, bottom + 15, 'start', `training step ${first * tile.width + 1}`),
    drawLabel(LEFT + PLOT_WIDTH, bottom + 15, 'end', String((last + 1) * tile.width)),
  ].join('\n')
}

function drawLabel(x: number, y: number, anchor: 'start' | 'middle' | 'end', text: string): string {
  return `<text x="${x}" y="${y}" text-anchor="${anchor}" fill="#5a6270">${text}</text>`
}

/** A path for each colour: runs of cells that have it, row by row from t = 1 at the bottom. */
function drawCells({ columns, lines: { count } }: FlowTile): string[] {
  const norms = Array.from(columns.values(), ({ h }) => h)
  const paths = new Map<string, string[]>()
  for (let line = 0; line < count; line++) {
    const colours = norms.map((column) => column && chooseColour(column, line))
    for (let start = 0, end = 0; start < colours.length; start = end) {
      const colour = colours[start]
      for (end = start + 1; end < colours.length && colours[end] === colour;) end++
      if (colour === undefined) continue
      const runs = paths.get(colour) ?? []
      paths.set(colour, runs)
      runs.push(`M${start} ${count - 1 - line}h${end - start}v1h${start - end}z`)
    }
  }
  return Array.from(paths, ([colour, runs]) => `<path fill="${colour}" d="${runs.join('')}"/>`)
}

/** Of the norms of a bucket the most telling one: NaN, then Inf, then the largest, then zero. */
function chooseColour({ nan, infinity, zero, max }: FlowColumn, line: number): string | undefined {
  if ((nan[line] ?? 0) > 0) return shade(Number.NaN)
  if ((infinity[line] ?? 0) > 0) return shade(Infinity)
  const largest = max[line] ?? -Infinity
  return largest > -Infinity || (zero[line] ?? 0) > 0 ? shade(largest) : undefined
}

function shade(log10Norm: number): string {
  const kind = specialKind(log10Norm)
  const special = SPECIALS.find((each) => each.kind === kind)
  if (special !== undefined) return cssColour(special.colour)
  const { min, max } = SHARED_DECADES
  const share = Math.min(1, Math.max(0, (log10Norm - min) / (max - min)))
  return cssColour(viridis(Math.round(share * (SHADES - 1)) / (SHADES - 1)))
}

/** The colours of decades, then those of what has no place among them. */
function drawLegend(top: number): string {
  const { min, max } = SHARED_DECADES
  const [barWidth, step] = [240, 240 / SHADES]
  const bar = Array.from({ length: SHADES }, (_, at) => {
    const colour = shade(min + ((max - min) * at) / (SHADES - 1))
    return `<rect x="${LEFT + at * step}" y="${top}" width="${step + 0.5}" height="10" fill="${colour}"/>`
  })
  const ticks = [min, (min + max) / 2, max].map((decade) => {
    const x = LEFT + (barWidth * (decade - min)) / (max - min)
    return drawLabel(x, top + 24, 'middle', String(decade))
  })
  const specials = SPECIALS.map(({ label, colour }, place) => {
    const x = LEFT + barWidth + 40 + place * 100
    return `<rect x="${x}" y="${top}" width="10" height="10" fill="${cssColour(colour)}"/><text x="${x + 16}" y="${top + 10}">${label}</text>`
  })
  return [...bar, ...ticks, ...specials].join('\n')
}
