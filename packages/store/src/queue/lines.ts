import {
  LINES_TOLD,
  classesFor,
  labelsText,
  type Accelerator,
  type AcceleratorClass,
  type Labels,
} from '@unroll/contract'
import type { Context } from '../redis/context.ts'
import { rangeOf } from '../redis/ranges.ts'
import type { Asked, Room } from './needs.ts'

// The jobs in line for a worker. Those that ask for the same class of accelerator and the same labels are a line, so that a
// worker looks at no job whose labels it does not have. Members of the sorted sets are made in `lua/includes/job.lua`.

export interface InLine {
  depth: number
  /** Milliseconds since 1970 at which the job that has been in line longest came there; null when none is. */
  oldestAt: number | null
}

/** Jobs of a line that a worker looks at for one that it has room for. */
export const LOOK_AHEAD = 64

/** The name of a line: `gpu`, or `any{pool=a100,site=oslo}`. */
export function lineOf({ wanted, labels }: Asked): string {
  const text = labelsText(labels)
  return text === '' ? wanted : `${wanted}{${text}}`
}

/** What the jobs of a line ask for, by its name. */
export function askedIn(line: string): Asked {
  const [wanted = '', text = ''] = line.split(/[{}]/)
  const pairs = text === '' ? [] : text.split(',').map((pair) => pair.split('='))
  return { wanted: wanted as AcceleratorClass, labels: Object.fromEntries(pairs) as Labels }
}

/** Names of the lines that a worker takes from: a job asks for some of its labels, for all or for none. */
export function linesFor(accelerator: Accelerator, labels: Labels): string[] {
  let sets: Labels[] = [{}]
  for (const [name, value] of Object.entries(labels)) sets = sets.flatMap((set) => [set, { ...set, [name]: value }])
  return classesFor(accelerator).flatMap((wanted) => sets.map((set) => lineOf({ wanted, labels: set })))
}

/** Names of the lines that jobs are in: by class, then by labels. */
export async function linesInUse({ db, keys }: Context, classes: readonly AcceleratorClass[]): Promise<string[]> {
  return await db.script('lines', [keys.waiting], [LINES_TOLD, ...classes])
}

/** What the keys of a kind have before and behind an id. */
export function aroundId(key: (id: string) => string): [before: string, after: string] {
  const [before = '', after = ''] = key('*').split('*')
  return [before, after]
}

/** The moment of a job's arrival, in milliseconds since 1970: ids made of it sort by arrival, whichever process makes them. */
export async function arrival({ db, keys, clock }: Context): Promise<number> {
  return await db.script('arrive', [keys.arrival], [clock()])
}

/** Whether a job of the line is handed out that a worker has room for. */
async function hasFitting({ db, keys }: Context, line: string, room: Room): Promise<boolean> {
  const args = [line, JSON.stringify(room), LOOK_AHEAD, ...aroundId(keys.record)]
  return (await db.script<0 | 1>('has_fitting', [keys.waiting, keys.paused], args)) === 1
}

/** Ids of the first jobs of some lines, at most so many of each, in the order in which they are taken. */
export async function headsOf({ db, keys }: Context, lines: readonly string[], most: number): Promise<string[]> {
  const heads = await db.command((redis) =>
    Promise.all(
      lines.map(async (line) => {
        const members = await redis.zrangebylex(keys.waiting, ...rangeOf(line), 'LIMIT', 0, most)
        return members.map((member) => member.slice(line.length + 1))
      }),
    ),
  )
  const places = heads.flat().toSorted((a, b) => (a < b ? -1 : 1))
  return places.map((place) => place.slice(place.indexOf(':') + 1))
}

/** How many jobs are in a line, and since when. */
export async function inLine({ db, keys }: Context, line: string): Promise<InLine> {
  const since = `since:${line}`
  const [depth, [oldest]] = await db.command((redis) =>
    Promise.all([
      redis.zlexcount(keys.waiting, ...rangeOf(line)),
      redis.zrangebylex(keys.index, ...rangeOf(since), 'LIMIT', 0, 1),
    ]),
  )
  return { depth, oldestAt: oldest === undefined ? null : Number.parseInt(oldest.slice(since.length + 1), 10) }
}

/** Whether a job of any of the lines has been there for longer than `ms`, where there is one that a worker has room for. */
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
