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

/**
 * The classes in the order in which their first jobs that fit into a memory are to be taken; those with no job are last,
 * those with none that fits are left out.
 */
export async function inOrderOfHeads(
  context: Context,
  classes: readonly AcceleratorClass[],
  memoryBytes: number,
): Promise<AcceleratorClass[]> {
  const heads = await Promise.all(
    classes.map(async (wanted) => ({
      wanted,
      place: (await firstFitting(context, wanted, memoryBytes)) ?? AFTER_ALL,
    })),
  )
  return heads
    .filter(({ place }) => place !== NONE_FITS)
    .toSorted((a, b) => (a.place < b.place ? -1 : 1))
    .map(({ wanted }) => wanted)
}

const NONE_FITS = ''
const AFTER_ALL = '~' // comes after every digit and letter

/** Null when no job of the class is in line. */
async function firstFitting(
  { db, keys }: Context,
  wanted: AcceleratorClass,
  memoryBytes: number,
): Promise<string | null> {
  const [before = '', after = ''] = keys.record('*').split('*')
  return await db.script('first_fitting', [keys.waiting], [wanted, memoryBytes, LOOK_AHEAD, before, after])
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
  const fitting = await inOrderOfHeads(context, classes, memoryBytes)
  const lines = await Promise.all(fitting.map((wanted) => inLine(context, wanted)))
  return lines.some(({ oldestAt }) => oldestAt !== null && context.clock() - oldestAt > ms)
}

/** All members whose first part is `first`. */
function rangeOf(first: string): [from: string, to: string] {
  return [`[${first}:`, `(${first};`]
}
