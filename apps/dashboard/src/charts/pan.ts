import { queueDrawing } from './drawing_queue.ts'
import type { StepRange } from './frame.ts'

/** Pixels of a wheel that move a chart by its width. */
const PIXELS = 900
/** The share of the shown range that a key moves by. */
const KEY_SHARE = 0.5

/** Moves the shown range by a share of it when the wheel turns sideways, or with Shift, or PageUp and PageDown are pressed. */
export function onPan(stage: HTMLElement, pan: (share: number) => void, signal: AbortSignal): void {
  let turned = 0
  const panSoon = queueDrawing(() => {
    pan(turned / PIXELS)
    turned = 0
  }, signal)
  const wheel = (event: WheelEvent) => {
    const pixels = event.shiftKey && event.deltaX === 0 ? event.deltaY : event.deltaX
    if (Math.abs(pixels) < Math.abs(event.deltaY) && !event.shiftKey) return // the page scrolls
    if (pixels === 0) return
    event.preventDefault()
    turned += pixels
    panSoon()
  }
  stage.addEventListener('wheel', wheel, { signal, passive: false })
  const key = (event: KeyboardEvent) => {
    const share = { PageUp: -KEY_SHARE, PageDown: KEY_SHARE }[event.key]
    if (share === undefined) return
    event.preventDefault()
    pan(share)
  }
  stage.addEventListener('keydown', key, { signal })
}

/** A range moved by a share of its width, within the bounds. */
export function moveRange({ from, to }: StepRange, share: number, bounds: StepRange): StepRange {
  const width = to - from
  const start = Math.min(Math.max(bounds.from, from + share * width), Math.max(bounds.from, bounds.to - width))
  return { from: start, to: start + width }
}
