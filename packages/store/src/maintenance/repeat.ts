import { setTimeout as sleep } from 'node:timers/promises'
import type { Context } from '../redis/context.ts'

/** Runs `work` every `ms` until the signal aborts, also after a failure. */
export async function repeat(
  context: Context,
  ms: number,
  work: (context: Context) => Promise<unknown>,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    try {
      await work(context)
    } catch (error) {
      context.onError(error instanceof Error ? error : new Error(String(error))) // the server may be away: the next round may reach it
    }
    await sleep(ms, undefined, { signal }).catch(() => {})
  }
}
