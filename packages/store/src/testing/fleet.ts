import { newId, type Worker } from '@unroll/contract'
import { randomBytes } from 'node:crypto'
import type { Holder, InWait, SlotView } from '../queue/fleet_view.ts'

// Parts of a fleet, as little of each as a test cares for.

/** A job in line. */
export function waiter(id: string, more: Partial<InWait> = {}): InWait {
  return { id, priority: 100, wanted: 'any', labels: {}, memoryBytes: 0, stepsLeft: 10, shape: 'small', ...more }
}

/** A job that has trained since the time 0. */
export function holder(id: string, more: Partial<Holder> = {}): Holder {
  const about = { epoch: '1', status: 'running', runningAt: 0, stepMs: undefined, yieldsTo: '' } as const
  return { id, priority: 100, stepsLeft: 10, shape: 'small', preemptions: 0, maxPreemptions: 5, ...about, ...more }
}

/** A slot whose jobs are preempted at once. */
export function slotOf(job: Holder | undefined, more: Partial<SlotView> = {}): SlotView {
  return {
    accelerator: 'cpu',
    labels: {},
    memoryBytes: 2 ** 30,
    platform: 'tfjs wasm',
    preemptAfterMs: 0,
    holder: job,
    ...more,
  }
}

/** A worker as it says of itself, with slots that train these jobs. */
export function sampleWorker(jobs: readonly (string | null)[], more: Partial<Worker> = {}): Worker {
  const now = new Date().toISOString()
  return {
    id: newId('worker', Date.now(), randomBytes(16)),
    object: 'worker',
    host: 'node-1',
    pid: 1,
    engine: 'tfjs',
    device: 'wasm',
    engine_reason: 'Engine "wasm" was asked for',
    engine_fallback: false,
    vector_lanes: null,
    accelerator: 'cpu',
    labels: {},
    memory_bytes: 2 ** 30,
    gpus: [],
    slots: jobs.map((job) => ({ job })),
    status: 'online',
    started_at: now,
    last_seen_at: now,
    versions: {},
    ...more,
  }
}
