import type { Context } from '../redis/context.ts'
import {
  keepsSlot,
  viewFleet,
  type Fleet,
  type FleetView,
  type Holder,
  type InWait,
  type SlotView,
} from './fleet_view.ts'
import { fits, type Needs } from './needs.ts'

/** Number of waiting jobs with a forecast; later ones report this number of jobs before them. */
export const DEPTH = 1_000
/** Milliseconds for which one forecast serves all requests. */
const FRESH_MS = 1_000
const NO_SLOT = 'No slot online has what it asks for'
const SEVERAL_GPUS = 'It asks for several GPUs at once: nothing is forecast of when so many are free'

/** The forecast of a waiting job. */
export interface Forecast {
  /** Seconds from now; null if `unknown` has a reason. */
  seconds: number | null
  unknown: string | null
  /** The job that is being saved to give its slot to this one. */
  slotOf: string | undefined
}

/** The last measured milliseconds a step of a shape on a platform; undefined without a measurement. */
export type FindPace = (shape: string | undefined, platform: string) => number | undefined

/** A slot, and the time at which it is free. */
interface Place {
  slot: SlotView
  /** Seconds from now; undefined if the step time of its job is unknown. */
  freeIn: number | undefined
  /** Its job until then. */
  job: string | undefined
}

/**
 * The forecast of each waiting job: in order, each takes the fitting slot that is free first, and keeps it for its
 * steps at the measured step time. A slot whose job has no measured step time is skipped.
 */
export function forecastLine(
  { line, slots }: Pick<FleetView, 'line' | 'slots'>,
  findPace: FindPace,
): Map<string, Forecast> {
  const places = slots.map((slot): Place => ({ slot, freeIn: secondsLeft(slot, findPace), job: slot.holder?.id }))
  return new Map(line.map((waiting) => [waiting.id, forecastOne(waiting, places, findPace)]))
}

function forecastOne(waiting: InWait, places: readonly Place[], findPace: FindPace): Forecast {
  const fitting = places.filter(({ slot }) => fits(waiting, slot))
  const slotOf = fitting.find(({ slot }) => slot.holder?.yieldsTo === waiting.id)?.slot.holder?.id
  const seconds = Math.min(...fitting.map(({ freeIn = Infinity }) => freeIn))
  const place = fitting.find(({ freeIn }) => freeIn === seconds)
  if (place === undefined) return { seconds: null, unknown: whyUnknown(fitting), slotOf }
  const lasts = computeSeconds(waiting, findPace(waiting.shape, place.slot.platform))
  Object.assign(place, {
    job: waiting.id,
    freeIn: lasts === undefined ? undefined : seconds + lasts,
  } satisfies Partial<Place>)
  return { seconds, unknown: null, slotOf }
}

function whyUnknown(fitting: readonly Place[]): string {
  const [blocked] = fitting
  if (blocked === undefined) return NO_SLOT
  return `The pace of job "${blocked.job}", which comes before, is not measured yet`
}

/** Seconds until the job of a slot has ended. */
function secondsLeft({ holder, platform }: SlotView, findPace: FindPace): number | undefined {
  if (holder === undefined || !keepsSlot(holder)) return 0
  const own = holder.status === 'running' ? holder.stepMs : undefined // otherwise it is that of an earlier attempt, perhaps on another platform
  return computeSeconds(holder, own ?? findPace(holder.shape, platform))
}

function computeSeconds({ stepsLeft }: InWait | Holder, stepMs: number | undefined): number | undefined {
  return stepsLeft === undefined || stepMs === undefined ? undefined : (stepsLeft * stepMs) / 1_000
}

const UNKNOWN = { seconds: null, slotOf: undefined }
const TOO_FAR: Forecast = { ...UNKNOWN, unknown: `At least ${DEPTH} jobs come before it` }
const TOO_NEW: Forecast = { ...UNKNOWN, unknown: 'It has just come into line: it is forecast within a second' }

/** A snapshot of the line and the slots, the measured step times, and the forecasts from them. */
interface Look {
  view: FleetView
  findPace: FindPace
  forecasts: ReadonlyMap<string, Forecast>
}

/** The newest snapshot of each store. */
const looks = new WeakMap<Context, { at: number; look: Promise<Look> }>()

/**
 * The forecast of each waiting job, at most a second old: the line is read once a second for any number of requests.
 *
 * @throws {UnrollError} STORE_UNAVAILABLE
 */
export async function forecasts(context: Context, fleet: Fleet): Promise<(id: string, needs: Needs) => Forecast> {
  const { view, forecasts: found } = await lookFresh(context, fleet)
  return (id, needs) => {
    const unforeseen = whyUnforeseen(fleet, needs)
    if (unforeseen !== undefined) return { ...UNKNOWN, unknown: unforeseen }
    if (!view.slots.some((slot) => fits(needs, slot))) return { ...UNKNOWN, unknown: NO_SLOT }
    return found.get(id) ?? (found.size < DEPTH ? TOO_NEW : TOO_FAR)
  }
}

/** The forecast of a job that would be created now. @throws {UnrollError} STORE_UNAVAILABLE */
export async function forecastNew(context: Context, fleet: Fleet, waiting: InWait): Promise<Forecast> {
  const unforeseen = whyUnforeseen(fleet, waiting)
  if (unforeseen !== undefined) return { ...UNKNOWN, unknown: unforeseen }
  const { view, findPace } = await lookFresh(context, fleet)
  const before = view.line.filter(({ priority }) => priority <= waiting.priority)
  if (before.length >= DEPTH) return TOO_FAR
  return forecastLine({ ...view, line: [...before, waiting] }, findPace).get(waiting.id) ?? TOO_NEW
}

/** The reason why jobs with these needs have no forecast, independent of the line and the slots. */
function whyUnforeseen({ paused }: Fleet, { wanted, gpus = 1 }: Needs): string | undefined {
  if (paused.has(wanted)) return `The queue "${wanted}" is paused`
  return gpus > 1 ? SEVERAL_GPUS : undefined
}

async function lookFresh(context: Context, fleet: Fleet): Promise<Look> {
  const last = looks.get(context)
  if (last !== undefined && performance.now() - last.at < FRESH_MS) return await last.look
  const look = lookAhead(context, fleet)
  looks.set(context, { at: performance.now(), look })
  look.catch(() => looks.delete(context))
  return await look
}

async function lookAhead(context: Context, fleet: Fleet): Promise<Look> {
  const view = await viewFleet(context, fleet, { perLine: DEPTH, inAll: DEPTH })
  const holders = view.slots.flatMap(({ holder }) => holder ?? [])
  const shapes = new Set([...view.line, ...holders].flatMap(({ shape }) => shape ?? []))
  const paces = await readPaces(context, [...shapes])
  const findPace: FindPace = (shape, platform) => paces.get(shape ?? '')?.get(platform)
  return { view, findPace, forecasts: forecastLine(view, findPace) }
}

/** By shape, then platform. */
async function readPaces({ db, keys }: Context, shapes: readonly string[]) {
  const measured = await db.command((redis) => Promise.all(shapes.map((shape) => redis.hgetall(keys.pace(shape)))))
  return new Map(
    measured.map((byPlatform, at) => [
      shapes[at] ?? '',
      new Map(Object.entries(byPlatform).map(([platform, ms]) => [platform, Number(ms)] as const)),
    ]),
  )
}
