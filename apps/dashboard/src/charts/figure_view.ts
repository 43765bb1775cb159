import { shape } from '../dom/element.ts'
import { themeColour } from '../theme.ts'
import type { Figure, FigureShape } from './figure.ts'

const MARGIN = { left: 66, top: 12, right: 18, bottom: 44 }

/** A figure as SVG in the page. Shapes that lead somewhere are links, which say what they stand for. */
export function renderFigure({ title, width, height, x, y, shapes }: Figure): SVGElement {
  const muted = themeColour('--muted')
  const label = (at: { x: number; y: number }, words: string, anchor: string) =>
    shape('text', { x: at.x, y: at.y, fill: muted, 'text-anchor': anchor }, words)
  const area = shape(
    'g',
    { transform: `translate(${MARGIN.left} ${MARGIN.top})` },
    ...y.ticks.map(({ at }) => shape('path', { d: `M0 ${at}H${width}`, stroke: themeColour('--line') })),
    ...shapes.map(renderShape),
    ...x.ticks.map(({ at, label: words }) => label({ x: at, y: height + 18 }, words, 'middle')),
    ...y.ticks.map(({ at, label: words }) => label({ x: -8, y: at + 4 }, words, 'end')),
    label({ x: width / 2, y: height + 36 }, x.name, 'middle'),
  )
  const size = { width: MARGIN.left + width + MARGIN.right, height: MARGIN.top + height + MARGIN.bottom }
  const name = shape('title', {}, title)
  return shape(
    'svg',
    { ...size, viewBox: `0 0 ${size.width} ${size.height}`, class: 'figure', role: 'group' },
    name,
    area,
  )
}

/** The plotting area of a figure that is as wide as its place on the page. */
export function fitFigure(width: number): number {
  return Math.max(80, width - MARGIN.left - MARGIN.right)
}

function renderShape(of: FigureShape): SVGElement {
  const made = draw(of)
  if (!('words' in of) || of.words === undefined) return made
  made.append(shape('title', {}, of.words))
  return of.href === undefined
    ? made
    : shape('a', { href: of.href, 'aria-label': of.words, class: 'figure-link' }, made)
}

function draw(of: FigureShape): SVGElement {
  if (of.kind === 'path') {
    const dash = of.dash === true ? { 'stroke-dasharray': '5 5' } : {}
    return shape('path', { d: of.d, fill: 'none', stroke: of.colour, 'stroke-width': of.width, ...dash })
  }
  if (of.kind === 'area') return shape('path', { d: of.d, fill: of.colour, 'fill-opacity': 0.5 })
  if (of.kind === 'dot') return shape('circle', { cx: of.x, cy: of.y, r: 5, fill: of.colour, 'fill-opacity': 0.8 })
  if (of.kind === 'text') return shape('text', { x: of.x, y: of.y, fill: of.colour, 'text-anchor': of.anchor }, of.text)
  return shape('image', { href: of.href })
}
