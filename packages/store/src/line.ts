import type { AcceleratorClass } from '@unroll/spec'
import type { Context } from './context.ts'

// The jobs in line for a worker, by class of accelerator. Members of the sorted sets are made in `lua/includes/job.lua`.

export interface InLine {
  depth: number
  /** Milliseconds since 1970 at which the job that has been in line longest came there; null when none is. */
  oldestAt: number | null
}

/** The classes in the order in which their first jobs are to be taken; those with none are last. */
export async function inOrderOfHeads(
  { db, keys }: Context,
  classes: readonly AcceleratorClass[],
): Promise<AcceleratorClass[]> {
  const heads = await Promise.all(
    classes.map(async (wanted) => {
      const [head] = await db.command((redis) => redis.zrangebylex(keys.waiting, ...rangeOf(wanted), 'LIMIT', 0, 1))
      return { wanted, place: head === undefined ? AFTER_ALL : head.slice(wanted.length) }
    }),
  )
  return heads.toSorted((a, b) => (a.place < b.place ? -1 : 1)).map(({ wanted }) => wanted)
}

const AFTER_ALL = '~' // comes after every digit and letter

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

/** Whether a job of any of the classes has been in line for longer than `ms`. */
export async function isBacklog(context: Context, classes: readonly AcceleratorClass[], ms: number): Promise<boolean> {
  const lines = await Promise.all(classes.map((wanted) => inLine(context, wanted)))
  return lines.some(({ oldestAt }) => oldestAt !== null && context.clock() - oldestAt > ms)
}

/** All members whose first part is `first`. */
function rangeOf(first: string): [from: string, to: string] {
  return [`[${first}:`, `(${first};`]
}
