// Writes charts as files. It is loaded once somebody asks for one.

import { themeColour } from '../theme.ts'
import type { Exportable, Figure, FigureShape, Sheet } from './figure.ts'

const MARGIN = { left: 70, top: 34, right: 20, bottom: 64 }
const SCALE_WIDTH = 64
const LEGEND_WIDTH = 170
/** Pixels of a PNG for a CSS pixel. */
const PNG_SCALE = 2

export type FileKind = 'png' | 'svg' | 'csv'

/** Saves a chart as it is drawn. @returns whether there was anything to save */
export async function saveChart({ title, figure, sheet }: Exportable, kind: FileKind): Promise<boolean> {
  const name = `${title
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '')}.${kind}`
  if (kind === 'csv') return saveFile(name, new Blob([writeCsv(sheet())], { type: 'text/csv' }))
  const drawn = figure()
  if (drawn === undefined) return false
  const svg = writeSvg(drawn)
  if (kind === 'svg') return saveFile(name, new Blob([svg], { type: 'image/svg+xml' }))
  return saveFile(name, await renderPng(svg))
}

function saveFile(name: string, content: Blob): boolean {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(content)
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000)
  return true
}

export function writeCsv({ columns, rows }: Sheet): string {
  const lines = rows.map((row) => row.map((value) => (value === null ? '' : quoteCell(String(value)))).join(','))
  return `${[columns.map(quoteCell).join(','), ...lines].join('\n')}\n`
}

function quoteCell(text: string): string {
  return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

/** A chart on its own: with its title, axes, legend and the colours of the present theme. */
export function writeSvg({ title, width, height, x, y, shapes, legend, scale }: Figure): string {
  const whole = {
    width: MARGIN.left + width + MARGIN.right + (scale === undefined ? 0 : SCALE_WIDTH),
    height: MARGIN.top + height + MARGIN.bottom,
  }
  const [text, muted, line] = [themeColour('--text'), themeColour('--muted'), themeColour('--line')]
  const label = (at: { x: number; y: number }, words: string, more = '') =>
    `<text x="${round(at.x)}" y="${round(at.y)}" fill="${muted}" ${more}>${escapeXml(words)}</text>`
  const grid = y.ticks.map(({ at }) => `<path d="M0 ${round(at)}H${width}" stroke="${line}"/>`)
  const axes = [
    ...x.ticks.map(({ at, label: words }) => label({ x: at, y: height + 18 }, words, 'text-anchor="middle"')),
    ...y.ticks.map(({ at, label: words }) => label({ x: -8, y: at + 4 }, words, 'text-anchor="end"')),
    label({ x: width / 2, y: height + 36 }, x.name, 'text-anchor="middle"'),
    label({ x: -height / 2, y: -52 }, y.name, 'text-anchor="middle" transform="rotate(-90)"'),
  ]
  const names = legend.map(({ label: words, colour }, at) => {
    const left = at * LEGEND_WIDTH
    return `<path d="M${left} ${height + 52}h16" stroke="${colour}" stroke-width="2.5"/>${label({ x: left + 22, y: height + 56 }, words)}`
  })
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${whole.width}" height="${whole.height}" viewBox="0 0 ${whole.width} ${whole.height}" font-family="system-ui, sans-serif" font-size="11">`,
    `<rect width="100%" height="100%" fill="${themeColour('--surface')}"/>`,
    `<text x="${MARGIN.left}" y="20" font-size="13" font-weight="600" fill="${text}">${escapeXml(title)}</text>`,
    `<g transform="translate(${MARGIN.left} ${MARGIN.top})">`,
    `<clipPath id="area"><rect width="${width}" height="${height}"/></clipPath>`,
    ...grid,
    '<g clip-path="url(#area)">',
    ...shapes.map((shape) => drawShape(shape, { width, height })),
    '</g>',
    ...axes,
    ...names,
    ...(scale === undefined ? [] : drawScale(scale, { left: width + 16, height, muted })),
    '</g></svg>',
  ].join('\n')
}

function drawShape(shape: FigureShape, { width, height }: { width: number; height: number }): string {
  if (shape.kind === 'image')
    return `<image href="${shape.href}" width="${width}" height="${height}" preserveAspectRatio="none" image-rendering="pixelated"/>`
  const colour = escapeXml(shape.colour)
  if (shape.kind === 'path') {
    const dash = shape.dash === true ? ' stroke-dasharray="5 5"' : ''
    return `<path d="${shape.d}" fill="none" stroke="${colour}" stroke-width="${shape.width}"${dash}/>`
  }
  if (shape.kind === 'area') return `<path d="${shape.d}" fill="${colour}" fill-opacity="0.5"/>`
  if (shape.kind === 'dot') return `<circle cx="${round(shape.x)}" cy="${round(shape.y)}" r="2.5" fill="${colour}"/>`
  return `<text x="${round(shape.x)}" y="${round(shape.y)}" text-anchor="${shape.anchor}" fill="${colour}">${escapeXml(shape.text)}</text>`
}

function drawScale(
  { ticks, colours }: NonNullable<Figure['scale']>,
  { left, height, muted }: { left: number; height: number; muted: string },
): string[] {
  const step = height / colours.length
  const shades = colours.map(
    (colour, at) =>
      `<rect x="${left}" y="${round(height - (at + 1) * step)}" width="12" height="${round(step + 0.5)}" fill="${colour}"/>`,
  )
  const labels = ticks.map(
    ({ at, label }) => `<text x="${left + 18}" y="${round(at + 4)}" fill="${muted}">${escapeXml(label)}</text>`,
  )
  return [...shades, ...labels]
}

async function renderPng(svg: string): Promise<Blob> {
  const image = new Image()
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}` // the policy of the page allows no blob: here
  await image.decode()
  const canvas = document.createElement('canvas')
  canvas.width = image.naturalWidth * PNG_SCALE
  canvas.height = image.naturalHeight * PNG_SCALE
  canvas.getContext('2d')?.drawImage(image, 0, 0, canvas.width, canvas.height)
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => (blob === null ? reject(new Error('Cannot draw the chart')) : resolve(blob)), 'image/png')
  })
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
}

function round(value: number): number {
  return Math.round(value * 100) / 100
}
