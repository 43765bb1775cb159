import {
  LINES_TOLD,
  classesFor,
  labelsText,
  type Accelerator,
  type AcceleratorClass,
  type Labels,
} from '@unroll/contract'
import type { Context } from '../redis/context.ts'
import { listRange } from '../redis/ranges.ts'
import type { Asked, Room } from './needs.ts'

// The waiting jobs of a worker. Jobs with the same accelerator class and the same labels form a line, so that a worker
// reads no job whose labels it lacks. `lua/includes/job.lua` makes the members of the sorted sets.

export interface InLine {
  depth: number
  /** Arrival in line of the oldest waiting job, in milliseconds since 1970; null without waiting jobs. */
  oldestAt: number | null
}

/** Number of jobs of a line among which a worker searches a fitting one. */
export const LOOK_AHEAD = 64

/** The name of a line: `gpu`, or `any{pool=a100,site=oslo}`. */
export function nameLine({ wanted, labels }: Asked): string {
  const text = labelsText(labels)
  return text === '' ? wanted : `${wanted}{${text}}`
}

/** The accelerator class and labels of a line, from its name. */
export function askedIn(line: string): Asked {
  const [wanted = '', text = ''] = line.split(/[{}]/)
  const pairs = text === '' ? [] : text.split(',').map((pair) => pair.split('='))
  return { wanted: wanted as AcceleratorClass, labels: Object.fromEntries(pairs) as Labels }
}

/** Names of the lines of a worker: those of all subsets of its labels. */
export function linesFor(accelerator: Accelerator, labels: Labels): string[] {
  let sets: Labels[] = [{}]
  for (const [name, value] of Object.entries(labels)) sets = sets.flatMap((set) => [set, { ...set, [name]: value }])
  return classesFor(accelerator).flatMap((wanted) => sets.map((set) => nameLine({ wanted, labels: set })))
}

/** Names of the lines with jobs, sorted by class, then by labels. */
export async function linesInUse({ db, keys }: Context, classes: readonly AcceleratorClass[]): Promise<string[]> {
  return await db.script('lines', [keys.waiting], [LINES_TOLD, ...classes])
}

/** The parts of the keys of a kind before and after an id. */
export function aroundId(key: (id: string) => string): [before: string, after: string] {
  const [before = '', after = ''] = key('*').split('*')
  return [before, after]
}

/** The arrival of a job in milliseconds since 1970: ids made from it sort by arrival, for all processes. */
export async function arrival({ db, keys, clock }: Context): Promise<number> {
  return await db.script('arrive', [keys.arrival], [clock()])
}

/** Whether a worker has room for a job of the line that is not paused. */
async function hasFitting({ db, keys }: Context, line: string, room: Room): Promise<boolean> {
  const args = [line, JSON.stringify(room), LOOK_AHEAD, ...aroundId(keys.record)]
  return (await db.script<0 | 1>('has_fitting', [keys.waiting, keys.paused], args)) === 1
}

/** Ids of the first jobs of some lines, at most `most` of each, in the order in which they are taken. */
export async function readHeads({ db, keys }: Context, lines: readonly string[], most: number): Promise<string[]> {
  const heads = await db.command((redis) =>
    Promise.all(
      lines.map(async (line) => {
        const members = await redis.zrangebylex(keys.waiting, ...listRange(line), 'LIMIT', 0, most)
        return members.map((member) => member.slice(line.length + 1))
      }),
    ),
  )
  const places = heads.flat().toSorted((a, b) => (a < b ? -1 : 1))
  return places.map((place) => place.slice(place.indexOf(':') + 1))
}

/** The number of jobs in a line, and the arrival of the oldest. */
export async function inLine({ db, keys }: Context, line: string): Promise<InLine> {
  const since = `since:${line}`
  const [depth, [oldest]] = await db.command((redis) =>
    Promise.all([
      redis.zlexcount(keys.waiting, ...listRange(line)),
      redis.zrangebylex(keys.index, ...listRange(since), 'LIMIT', 0, 1),
    ]),
  )
  return { depth, oldestAt: oldest === undefined ? null : Number.parseInt(oldest.slice(since.length + 1), 10) }
}

/** Whether a job of any of the lines for which the worker has room has waited for longer than `ms`. */
export async function isBacklog(
  context: Context,
  lines: readonly string[],
  { ms, room }: { ms: number; room: Room },
): Promise<boolean> {
  const now = await context.now()
  const waits = lines.map(async (line) => {
    const { oldestAt } = await inLine(context, line)
    return oldestAt !== null && now - oldestAt > ms && (await hasFitting(context, line, room))
  })
  return (await Promise.all(waits)).includes(true)
}
