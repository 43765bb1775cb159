// Heat of numbers over time, a column for each step, and the numbers of one step as bars beside it, on the same rows.

import { SPECIALS, cssColour, specialKind, viridis, type Rgb } from '@unroll/client'
import { themeColour, type ThemeColour } from '../theme.ts'

/** How numbers are drawn: from 0 to 1, by sign and size, or by their decades from the largest down. */
export type HeatScale = 'share' | 'signed' | 'log'

/** Decades below the largest that are told apart. */
const DECADES = 6

/** The share of numbers below the end of their scale: a few that are far larger would leave the others without a colour. */
const STRONGEST = 0.98

/** Where a number is on its scale: 0 to 1, or -1 to 1 by sign; NaN where it has no place. */
export type Place = (value: number) => number

/** The scale of all numbers of a row. */
export function placeOn(scale: HeatScale, steps: readonly (readonly number[])[]): Place {
  if (scale === 'share') return (value) => Math.min(1, Math.max(0, value))
  const sizes = steps
    .flat()
    .map(Math.abs)
    .filter(Number.isFinite)
    .toSorted((a, b) => a - b)
  const largest = sizes.at(scale === 'signed' ? Math.ceil(sizes.length * STRONGEST) - 1 : -1) ?? 0
  if (scale === 'signed') return (value) => (largest > 0 ? Math.max(-1, Math.min(1, value / largest)) : 0)
  const top = Math.log10(largest)
  return (value) => (value === 0 ? NaN : Math.min(1, Math.max(0, 1 + (Math.log10(Math.abs(value)) - top) / DECADES)))
}

type Paint = (value: number) => Rgb

/** How a number is coloured in the present theme. */
function paintOn(scale: HeatScale, place: Place): Paint {
  if (scale === 'log')
    return (value) => {
      const kind = specialKind(Math.log10(Math.abs(value)))
      return SPECIALS.find((special) => special.kind === kind)?.colour ?? viridis(place(value))
    }
  const surface = readColour('--surface')
  const above = readColour('--series-1')
  const below = readColour('--series-2')
  const nan = SPECIALS.find(({ kind }) => kind === 'nan')!.colour
  return (value) => {
    const share = place(value)
    return Number.isNaN(share) ? nan : mix(surface, share < 0 ? below : above, Math.abs(share))
  }
}

/** Draws a column of pixels for each step: the page stretches it. */
export function drawHeat(canvas: HTMLCanvasElement, scale: HeatScale, steps: readonly (readonly number[])[]): void {
  const units = Math.max(1, steps[0]?.length ?? 0)
  canvas.width = Math.max(1, steps.length)
  canvas.height = units
  const ctx = canvas.getContext('2d')
  if (ctx === null) return
  const paint = paintOn(scale, placeOn(scale, steps))
  const image = ctx.createImageData(canvas.width, units)
  for (const [t, values] of steps.entries())
    for (const [unit, value] of values.entries()) image.data.set([...paint(value), 255], (unit * canvas.width + t) * 4)
  ctx.putImageData(image, 0, 0)
}

/** Draws the numbers of one step as bars, a row for each. */
export function drawBars(
  canvas: HTMLCanvasElement,
  values: readonly number[],
  { scale, place }: { scale: HeatScale; place: Place },
): void {
  const { clientWidth, clientHeight } = canvas
  const ratio = globalThis.devicePixelRatio
  canvas.width = Math.max(1, Math.round(clientWidth * ratio))
  canvas.height = Math.max(1, Math.round(clientHeight * ratio))
  const ctx = canvas.getContext('2d')
  if (ctx === null) return
  const paint = paintOn(scale, place)
  const zero = scale === 'signed' ? canvas.width / 2 : 0
  const height = canvas.height / Math.max(1, values.length)
  const gap = height > 4 * ratio ? ratio : 0
  const strong = { above: themeColour('--series-1'), below: themeColour('--series-2') }
  for (const [unit, value] of values.entries()) {
    const share = place(value)
    if (Number.isNaN(share)) continue
    ctx.fillStyle = scale === 'log' ? cssColour(paint(value)) : share < 0 ? strong.below : strong.above
    const length = share * (canvas.width - zero)
    ctx.fillRect(
      zero + Math.min(0, length),
      unit * height,
      Math.max(ratio, Math.abs(length)),
      Math.max(1, height - gap),
    )
  }
  if (zero === 0) return
  ctx.fillStyle = themeColour('--line')
  ctx.fillRect(zero, 0, ratio, canvas.height)
}

function mix(from: Rgb, to: Rgb, share: number): Rgb {
  const channel = (at: 0 | 1 | 2) => Math.round(from[at] + (to[at] - from[at]) * share)
  return [channel(0), channel(1), channel(2)]
}

/** A colour of the theme, however it is written. */
function readColour(name: ThemeColour): Rgb {
  const ctx = new OffscreenCanvas(1, 1).getContext('2d')
  if (ctx === null) return [128, 128, 128]
  ctx.fillStyle = themeColour(name)
  const hex = ctx.fillStyle // reads back as `#rrggbb`
  const channel = (at: number) => Number.parseInt(hex.slice(at, at + 2), 16)
  return [channel(1), channel(3), channel(5)]
}
