import type { ViewContext } from '../../context.ts'
import { poll, type Next } from '../../data/poll.ts'

/** The context of the panels of one run. */
export interface RunContext extends ViewContext {
  /** Whether the job has ended, as far as the page knows. */
  readonly isFinal: () => boolean
}

/** Repeats `read` until the job has ended and once more, as its last data may come with the end; at once if that says so. */
export function followRun(
  context: RunContext,
  everyMs: number,
  read: (signal: AbortSignal) => Promise<{ isMore: boolean } | void>,
): void {
  const tick = async (signal: AbortSignal): Promise<Next> => {
    const wasFinal = context.isFinal()
    const found = await read(signal)
    if (found?.isMore === true) return 'now'
    return wasFinal ? 'stop' : 'later'
  }
  void poll(tick, { everyMs, ...context })
}
