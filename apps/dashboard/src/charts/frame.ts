/** Space around the plotting area in CSS pixels, the same for every chart so that their step axes line up. */
export const FRAME = { top: 10, right: 18, bottom: 44, left: 66 } as const

/** Steps shown, first and last. */
export interface StepRange {
  readonly from: number
  readonly to: number
}

/** A plotting area in device pixels. */
export interface Area {
  readonly left: number
  readonly top: number
  readonly width: number
  readonly height: number
}

/** CSS pixels of axis that one tick label needs. */
const X_TICK_PX = 72
const Y_TICK_PX = 34

export function xTickCount(width: number): number {
  return Math.max(4, Math.floor(width / X_TICK_PX))
}

export function yTickCount(height: number): number {
  return Math.max(2, Math.floor(height / Y_TICK_PX))
}

/** Runs `resized` with the width of `host` in CSS pixels, now and on each change, until `signal` aborts. */
export function onWidth(host: HTMLElement, resized: (width: number) => void, signal: AbortSignal): void {
  let last = 0
  const observer = new ResizeObserver(() => {
    if (host.clientWidth === last || host.clientWidth === 0) return
    last = host.clientWidth
    resized(last)
  })
  observer.observe(host)
  signal.addEventListener('abort', () => observer.disconnect(), { once: true })
}
