// What a heat map has to export: its pixels as an image with axes and scale, its rows as a sheet.

import { cssColour } from '@unroll/client'
import { MISSING } from '../data/flow_rows.ts'
import type { Figure, FigureShape, Sheet } from './figure.ts'
import { xTickCount, yTickCount } from './frame.ts'
import type { HeatMapData } from './heatmap_data.ts'
import { paint, resample } from './heatmap_pixels.ts'
import { integerTicks, powerOfTen } from './ticks.ts'

const SHADES = 64

/** @param size of the plotting area in CSS pixels */
export function buildHeatFigure(
  title: string,
  { grid, range, timesteps, scale, reach, lag, quantity }: HeatMapData,
  { width, height }: { width: number; height: number },
): Figure | undefined {
  const canvas = document.createElement('canvas')
  canvas.width = Math.round(width)
  canvas.height = Math.round(height)
  const ctx = canvas.getContext('2d')
  if (ctx === null || grid.steps.length === 0) return undefined
  const image = ctx.createImageData(canvas.width, canvas.height)
  paint(resample(grid, { ...range, timesteps, width: canvas.width, height: canvas.height }), scale, image.data)
  ctx.putImageData(image, 0, 0)
  const toX = (step: number) => ((step - range.from) / (range.to - range.from)) * width
  const toY = (t: number) => height - ((t - timesteps.from + 0.5) / (timesteps.to - timesteps.from + 1)) * height
  const { min, max } = scale.decades
  const toShade = (decade: number) => height - ((decade - min) / (max - min)) * height
  const points = [...(reach?.steps ?? [])].flatMap((step, row) => {
    const t = reach?.timesteps[row] ?? Number.NaN
    return Number.isNaN(t) || t === 0 ? [] : [`${toX(step).toFixed(2)} ${toY(t - 0.5).toFixed(2)}`]
  })
  return {
    title,
    width,
    height,
    x: {
      name: 'training step',
      ticks: integerTicks({ min: range.from, max: range.to }, xTickCount(width)).map(({ at, label }) => ({
        at: toX(at),
        label,
      })),
    },
    y: {
      name: 'time step t',
      ticks: integerTicks({ min: timesteps.from, max: timesteps.to }, yTickCount(height)).map(({ at, label }) => ({
        at: toY(at),
        label,
      })),
    },
    shapes: [
      { kind: 'image', href: canvas.toDataURL('image/png') },
      ...(points.length > 1 ? drawTwice(`M${points.join('L')}`, false) : []),
      ...(lag === undefined ? [] : drawTwice(`M0 ${toY(lag.timestep)}H${width}`, true)),
    ],
    legend: [{ label: quantity, colour: cssColour(scale.colour(0.6)) }],
    scale: {
      decades: scale.decades,
      ticks: integerTicks(scale.decades, yTickCount(height)).map(({ at }) => ({
        at: toShade(at),
        label: powerOfTen(at),
      })),
      colours: Array.from({ length: SHADES }, (_, at) => cssColour(scale.colour((at + 0.5) / SHADES))),
    },
  }
}

/** A dark line under a light one, seen over every colour. */
function drawTwice(d: string, dash: boolean): FigureShape[] {
  return [
    { kind: 'path', d, colour: '#000000', width: 3, dash },
    { kind: 'path', d, colour: '#ffffff', width: 1.25, dash },
  ]
}

/** log₁₀ of the values: a row for each training step, a column for each time step or the first of a bucket of them. */
export function buildHeatSheet({ grid, quantity }: HeatMapData): Sheet {
  const { from, width, count } = grid.lines
  const columns = Array.from({ length: count }, (_, line) => `log10 ${quantity} t=${from + line * width}`)
  const rows = Array.from(grid.steps, (step, row) => [
    step,
    ...Array.from(grid.values.subarray(row * count, (row + 1) * count), (value) => (value === MISSING ? null : value)),
  ])
  return { columns: ['step', ...columns], rows }
}
