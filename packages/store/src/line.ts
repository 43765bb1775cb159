import type { AcceleratorClass } from '@unroll/spec'
import type { Context } from './context.ts'

// The jobs in line for a worker, by class of accelerator. Members of the sorted sets are made in `lua/includes/job.lua`.

export interface InLine {
  depth: number
  /** Milliseconds since 1970 at which the job that has been in line longest came there; null when none is. */
  oldestAt: number | null
}

/** Jobs of a class that a worker looks at for one that fits into its memory. */
export const LOOK_AHEAD = 64

/** What the keys of a kind have before and behind an id. */
export function aroundId(key: (id: string) => string): [before: string, after: string] {
  const [before = '', after = ''] = key('*').split('*')
  return [before, after]
}

/** The moment of a job's arrival, in milliseconds since 1970: ids made of it sort by arrival, whichever process makes them. */
export async function arrival({ db, keys, clock }: Context): Promise<number> {
  return await db.script('arrive', [keys.arrival], [clock()])
}

/** Whether a job of the class is in line that fits into a memory. */
async function hasFitting({ db, keys }: Context, wanted: AcceleratorClass, memoryBytes: number): Promise<boolean> {
  const args = [wanted, memoryBytes, LOOK_AHEAD, ...aroundId(keys.record)]
  return (await db.script<0 | 1>('has_fitting', [keys.waiting], args)) === 1
}

/** How many jobs of a class are in line, and since when. */
export async function inLine({ db, keys }: Context, wanted: AcceleratorClass): Promise<InLine> {
  const since = `since:${wanted}`
  const [depth, [oldest]] = await db.command((redis) =>
    Promise.all([
      redis.zlexcount(keys.waiting, ...rangeOf(wanted)),
      redis.zrangebylex(keys.index, ...rangeOf(since), 'LIMIT', 0, 1),
    ]),
  )
  return { depth, oldestAt: oldest === undefined ? null : Number.parseInt(oldest.slice(since.length + 1), 10) }
}

/** Whether a job of any of the classes has been in line for longer than `ms`, where there is one that fits into a memory. */
export async function isBacklog(
  context: Context,
  classes: readonly AcceleratorClass[],
  { ms, memoryBytes }: { ms: number; memoryBytes: number },
): Promise<boolean> {
  const now = await context.now()
  const waits = classes.map(async (wanted) => {
    const { oldestAt } = await inLine(context, wanted)
    return oldestAt !== null && now - oldestAt > ms && (await hasFitting(context, wanted, memoryBytes))
  })
  return (await Promise.all(waits)).includes(true)
}

/** All members whose first part is `first`. */
function rangeOf(first: string): [from: string, to: string] {
  return [`[${first}:`, `(${first};`]
}
