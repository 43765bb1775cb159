/** What drawings may take of one frame together: the page then answers within the 50 ms that a person does not notice. */
const BUDGET_MS = 8

const waiting = new Set<() => void>()
let isScheduled = false

/**
 * A function that has `draw` run once in one of the next frames, however often it is called meanwhile. All charts of the page
 * share the queue: each frame draws until its time is used up, and at least one of them.
 */
export function queueDrawing(draw: () => void, signal: AbortSignal): () => void {
  signal.addEventListener('abort', () => waiting.delete(draw), { once: true })
  return () => {
    if (signal.aborted) return
    waiting.add(draw)
    if (isScheduled) return
    isScheduled = true
    requestAnimationFrame(() => void drawFrame())
  }
}

async function drawFrame(): Promise<void> {
  const end = performance.now() + BUDGET_MS
  for (const draw of waiting) {
    waiting.delete(draw)
    try {
      draw()
    } catch (error) {
      reportError(error) // the other charts are drawn
    }
    await Promise.resolve() // uPlot draws in a microtask, which takes from the same frame
    if (performance.now() >= end) break
  }
  isScheduled = waiting.size > 0
  if (isScheduled) requestAnimationFrame(() => void drawFrame())
}
