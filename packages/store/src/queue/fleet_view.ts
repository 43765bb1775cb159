import { ableSlots, namePlatform, type Estimate, type JobStatus, type Worker } from '@unroll/contract'
import type { Context } from '../redis/context.ts'
import { askedIn, readHeads, linesFor } from './lines.ts'
import type { Needs, Offer } from './needs.ts'
import { pausedQueues, type Paused } from './pausing.ts'
import { takers } from '../fleet/workers.ts'

// A snapshot of the fleet for preemption and forecast: the waiting jobs and the slots.

/** The part of a job that determines its remaining time. */
interface Workload {
  id: string
  priority: number
  /** Steps to max_steps; undefined for older jobs. */
  stepsLeft: number | undefined
  /** The shape by which its step time is measured; undefined for older jobs. */
  shape: string | undefined
}

/** A waiting job. */
export interface InWait extends Workload, Needs {}

/** A job that has a slot. */
export interface Holder extends Workload {
  status: JobStatus
  epoch: string
  /** Milliseconds since 1970 at which its attempt began to train; undefined before that. */
  runningAt: number | undefined
  stepMs: number | undefined
  preemptions: number
  maxPreemptions: number
  /** The job for which it is being saved; '' for none. */
  yieldsTo: string
}

/** Whether a job keeps its slot until its last step; otherwise the slot is free soon, or already. */
export function keepsSlot({ status, yieldsTo }: Holder): boolean {
  return (status === 'running' || status === 'starting') && yieldsTo === ''
}

/** A slot that can train, of a worker that takes jobs. */
export interface SlotView extends Offer {
  platform: string
  /** Time for which a job keeps it before a more urgent one may preempt it; undefined: to its end. */
  preemptAfterMs: number | undefined
  holder: Holder | undefined
}

/** Jobs of queues that are not paused, and the slots of online workers. */
export interface FleetView {
  /** Milliseconds since 1970. */
  now: number
  /** In the order in which workers take them. */
  line: readonly InWait[]
  slots: readonly SlotView[]
}

/** The workers that take jobs, and the paused queues. */
export interface Fleet {
  /** Workers that take jobs. */
  online: readonly Worker[]
  paused: Paused
}

/** @throws {UnrollError} STORE_UNAVAILABLE */
export async function readFleet(context: Context): Promise<Fleet> {
  const [online, paused] = await Promise.all([takers(context), pausedQueues(context)])
  return { online, paused }
}

/**
 * @param perLine maximal number of jobs of each line
 * @param inAll maximal number of all jobs
 * @throws {UnrollError} STORE_UNAVAILABLE
 */
export async function viewFleet(
  context: Context,
  { online, paused }: Fleet,
  { perLine, inAll = Infinity }: { perLine: number; inAll?: number },
): Promise<FleetView> {
  const slots = online.flatMap((worker) => ableSlots(worker).map((slot) => ({ worker, slot })))
  const taken = new Set(online.flatMap(({ accelerator, labels }) => linesFor(accelerator, labels)))
  const lines = [...taken].filter((line) => !paused.has(askedIn(line).wanted))
  const [now, ids] = await Promise.all([context.now(), readHeads(context, lines, perLine)])
  const held = slots.flatMap(({ slot }) => slot.job ?? [])
  const [waiting, holders] = await Promise.all([readRecords(context, ids.slice(0, inAll)), readRecords(context, held)])
  const byId = new Map(holders.map((record) => [record.id, readHolder(record)]))
  return {
    now,
    line: waiting.filter(({ status, id }) => status === 'queued' && !byId.has(id)).map(readInWait),
    slots: slots.map(({ worker, slot }) => ({
      accelerator: worker.accelerator,
      labels: worker.labels,
      memoryBytes: slot.memory_bytes ?? worker.memory_bytes,
      platform: namePlatform(worker),
      preemptAfterMs: inMs(worker.preemption_after_seconds),
      holder: slot.job === null ? undefined : byId.get(slot.job),
    })),
  }
}

function inMs(seconds: number | undefined): number | undefined {
  return seconds === undefined ? undefined : seconds * 1_000
}

const FIELDS = [
  'status',
  'epoch',
  'priority',
  'accelerator',
  'line',
  'estimate',
  'gpus',
  'step',
  'max_steps',
  'step_ms',
  'shape',
  'running_at',
  'preemptions',
  'max_preemptions',
  'yields_to',
] as const

type Field = (typeof FIELDS)[number]
type Read = { id: string; status: JobStatus } & Partial<Record<Field, string>>

/** Only of existing jobs. */
async function readRecords({ db, keys }: Context, ids: readonly string[]): Promise<Read[]> {
  const rows = await db.command((redis) => Promise.all(ids.map((id) => redis.hmget(keys.record(id), ...FIELDS))))
  return rows.flatMap((values, at) => {
    const present = FIELDS.map((field, index) => [field, values[index] ?? undefined] as const)
    const { status, ...read } = Object.fromEntries(present) as Partial<Record<Field, string>>
    return status === undefined ? [] : [{ ...read, id: ids[at] ?? '', status: status as JobStatus }]
  })
}

function readWorkload({ id, priority, step = '0', max_steps: last, shape }: Read): Workload {
  const stepsLeft = last === undefined ? undefined : Math.max(0, Number(last) - Number(step))
  return { id, priority: Number(priority), stepsLeft, shape }
}

function readInWait(record: Read): InWait {
  const { memory_bytes: bytes = 0, gpu_memory_bytes: onGpu } = JSON.parse(record.estimate ?? '{}') as Partial<Estimate>
  return {
    ...readWorkload(record),
    ...askedIn(record.line ?? record.accelerator ?? ''),
    memoryBytes: bytes,
    gpuMemoryBytes: onGpu,
    gpus: Number(record.gpus ?? 1),
  }
}

function readHolder(record: Read): Holder {
  return {
    ...readWorkload(record),
    status: record.status,
    epoch: record.epoch ?? '0',
    runningAt: toNumber(record.running_at),
    stepMs: toNumber(record.step_ms),
    preemptions: Number(record.preemptions ?? 0),
    maxPreemptions: Number(record.max_preemptions ?? 0),
    yieldsTo: record.yields_to ?? '',
  }
}

function toNumber(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Number(text)
}
