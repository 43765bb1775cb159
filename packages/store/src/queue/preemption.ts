import type { Context } from '../redis/context.ts'
import {
  keepsSlot,
  readFleet,
  viewFleet,
  type FleetView,
  type Holder,
  type InWait,
  type SlotView,
} from './fleet_view.ts'
import { LOOK_AHEAD, aroundId } from './lines.ts'
import { fits } from './needs.ts'

/** A job that must give its slot to a waiting one. */
export interface Preemption {
  victim: Pick<Holder, 'id' | 'epoch'>
  for: string
}

/**
 * Requests attempts to save their jobs and give their slots to more urgent waiting jobs. Several processes may run it
 * at the same time, beside workers.
 *
 * @returns the number of requests
 * @throws {UnrollError} STORE_UNAVAILABLE
 */
export async function preemptDue(context: Context): Promise<number> {
  const { db, keys } = context
  if ((await db.command((redis) => redis.zcard(keys.waiting))) === 0) return 0
  const fleet = await readFleet(context)
  if (fleet.online.every((worker) => worker.preemption_after_seconds === undefined)) return 0
  const view = await viewFleet(context, fleet, { perLine: LOOK_AHEAD })
  const asked = planPreemptions(view).map((each) => ask(context, each))
  return (await Promise.all(asked)).filter((outcome) => outcome === 'asked').length
}

async function ask({ db, keys, clock }: Context, preemption: Preemption): Promise<'asked' | 'refused'> {
  const { victim, for: waiting } = preemption
  const args = [victim.id, clock(), victim.epoch, waiting, keys.control, ...aroundId(keys.record)]
  return await db.script('preempt', [...keys.job(victim.id), keys.record(waiting)], args)
}

/**
 * The jobs that must give up their slots. Each waiting job, in order, has one slot in prospect: a slot that is free or
 * about to be, else that of the least urgent job that it may preempt; among equals, of the one that began to train
 * last.
 */
export function planPreemptions({ now, line, slots }: FleetView): Preemption[] {
  const left = new Set(slots.toSorted((a, b) => a.memoryBytes - b.memoryBytes)) // a job takes the smallest fitting slot
  return line.flatMap((waiting) => {
    const fitting = [...left].filter((slot) => fits(waiting, slot))
    // The last report of a worker about its slots may be a second old.
    const open = fitting.find(({ holder }) => holder === undefined || !keepsSlot(holder))
    const slot = open ?? leastUrgent(fitting.filter((each) => mayPreempt(waiting, each, now)))
    if (slot === undefined) return []
    left.delete(slot)
    return slot === open || slot.holder === undefined ? [] : [{ victim: slot.holder, for: waiting.id }]
  })
}

function mayPreempt({ priority }: InWait, { holder, preemptAfterMs }: SlotView, now: number): boolean {
  if (preemptAfterMs === undefined || holder?.status !== 'running' || holder.runningAt === undefined) return false
  return (
    holder.priority > priority && holder.preemptions < holder.maxPreemptions && now - holder.runningAt >= preemptAfterMs
  )
}

/** The slot of the job with the highest priority number; among equals, of the one that began to train last. */
function leastUrgent(slots: readonly SlotView[]): SlotView | undefined {
  return slots.toSorted((a, b) => compareUrgency(a.holder, b.holder))[0]
}

function compareUrgency(a: Holder | undefined, b: Holder | undefined): number {
  const byPriority = (b?.priority ?? 0) - (a?.priority ?? 0)
  return byPriority === 0 ? (b?.runningAt ?? 0) - (a?.runningAt ?? 0) : byPriority
}
