import type { ViewContext } from '../../context.ts'
import { poll, type Next } from '../../data/poll.ts'
import { usesDataset, type Job } from '@unroll/client'

/** The context of the panels of one run. */
export interface RunContext extends ViewContext {
  /** Whether the job has ended, as far as the page knows. */
  readonly isFinal: () => boolean
}

const ENDED_EVERY_MS = 1_000

/** Whether a job reads a text: a data set of sequences states its problem. */
export function isOnText({ spec: { data } }: Job): boolean {
  return usesDataset(data) && data.problem === undefined
}

/** Hides a panel until the job has ended. */
export function revealOnceEnded(panel: HTMLElement, context: RunContext): void {
  panel.hidden = true
  const tick = async (): Promise<Next> => {
    panel.hidden = !context.isFinal()
    return panel.hidden ? 'later' : 'stop'
  }
  void poll(tick, { everyMs: ENDED_EVERY_MS, ...context })
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
