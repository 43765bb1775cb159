import type { Quota, Quotas } from '@unroll/store'
import { setTimeout as sleep } from 'node:timers/promises'
import type { App } from '../types.ts'
import type { Caller } from '../access/caller.ts'

/** Waits until so many more bytes may be read; undefined where they may at once. */
export type Pace = (bytes: number) => Promise<void> | undefined

/** A process takes this part of what is left of a quota at once. */
const PARTS = 64

/** How fast uploads of a caller are read. One that is too fast waits for the next window, and its client with it. */
export function paceUpload(
  { store: { quotas } }: Pick<App, 'store'>,
  { quotas: { upload_bytes: quota } }: Caller,
): Pace {
  if (quota === undefined) return () => undefined
  let [spare, until] = [0, 0]
  const takeMore = async (bytes: number, had: number) => {
    const share = await take(quotas, quota, bytes - had)
    spare = share.taken - (bytes - had)
    until = share.until
  }
  return (bytes) => {
    if (performance.now() < until && spare >= bytes) {
      spare -= bytes
      return undefined
    }
    return takeMore(bytes, performance.now() < until ? spare : 0)
  }
}

/** Takes at least so many bytes, over as many windows as they need. */
async function take(quotas: Quotas, quota: Quota, bytes: number): Promise<{ taken: number; until: number }> {
  let taken = 0
  for (;;) {
    const asked = performance.now()
    const share = await quotas.take(quota, { least: 1, most: bytes - taken, parts: PARTS })
    taken += share.taken
    if (taken >= bytes) return { taken, until: asked + share.endsInMs }
    await sleep(share.endsInMs, undefined, { ref: false })
  }
}
