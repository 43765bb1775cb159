import {
  ACCELERATOR_CLASSES,
  acceleratorsFor,
  freeSlots,
  hasLabels,
  type AcceleratorClass,
  type QueueState,
} from '@unroll/contract'
import { consume, type ConsumeOptions, type Handler } from './consumer.ts'
import type { Context } from '../redis/context.ts'
import { expireDue } from '../maintenance/deadlines.ts'
import { askedIn, inLine, linesInUse } from './lines.ts'
import { pauseQueues, pausedQueues, resumeQueues } from './pausing.ts'
import { preemptDue } from './preemption.ts'
import { reconcile } from '../maintenance/reconcile.ts'
import { count } from '../jobs/counts.ts'
import { isoTime } from '../redis/iso_time.ts'
import { list } from '../fleet/workers.ts'
import { watch } from '../maintenance/watch.ts'

export type Queue = ReturnType<typeof queue>

/** The queue of jobs. */
export function queue(context: Context) {
  const { db, queues } = context
  return {
    /** For worker processes: takes jobs, `slots` at a time. */
    consume: (handler: Handler, options: ConsumeOptions) => consume(context, handler, options),
    /** For the API process: rescues the jobs of lost workers, also when no worker is left. */
    watch: () => watch(context),
    /** Makes records and queue agree after a crash between the two. `watch` repeats it. */
    reconcile: () => reconcile(context),
    /**
     * Ends the jobs whose deadline has passed. `watch` repeats it.
     *
     * @returns the number of failed jobs
     */
    expire: () => expireDue(context),
    /**
     * Requests attempts to give their slots to more urgent waiting jobs. `watch` repeats it.
     *
     * @returns the number of requests
     */
    preempt: () => preemptDue(context),
    /** The waiting jobs by line, and their waiting times. */
    async state(): Promise<QueueState> {
      const [jobs, workers, paused, inUse, now] = await Promise.all([
        count(context),
        list(context),
        pausedQueues(context),
        linesInUse(context, ACCELERATOR_CLASSES),
        context.now(),
      ])
      const online = workers.filter(({ status }) => status === 'online')
      const lines = [...new Set<string>([...ACCELERATOR_CLASSES, ...inUse])].map(async (line) => {
        const { wanted, labels } = askedIn(line)
        const { depth, oldestAt } = await inLine(context, line)
        const able = online.filter(
          (worker) => acceleratorsFor(wanted).includes(worker.accelerator) && hasLabels(worker.labels, labels),
        )
        const pausedAt = paused.get(wanted)
        return {
          accelerator: wanted,
          labels,
          depth,
          oldest_wait_seconds: oldestAt === null ? null : Math.max(0, now - oldestAt) / 1000,
          workers: able.length,
          free_slots: able.flatMap(freeSlots).length,
          paused_at: pausedAt === undefined ? null : isoTime(pausedAt),
        }
      })
      return { object: 'queue', lines: await Promise.all(lines), jobs }
    },
    /**
     * Pauses the queues of some accelerator classes until they are resumed. Running jobs continue; more may be created.
     * The pause is on the server's disk, if that has an append-only file, before this resolves.
     *
     * @throws {UnrollError} STORE_UNAVAILABLE
     */
    pause: (classes: readonly AcceleratorClass[]) => pauseQueues(context, classes),
    /** Resumes them at once. @throws {UnrollError} STORE_UNAVAILABLE */
    resume: (classes: readonly AcceleratorClass[]) => resumeQueues(context, classes),
    /** The counts of BullMQ itself by accelerator class, to be compared with `state`. */
    async deliveries(): Promise<Record<AcceleratorClass, { waiting: number; active: number }>> {
      const entries = await Promise.all(
        ACCELERATOR_CLASSES.map(async (wanted) => {
          const counted = await db.command(() => queues[wanted].getJobCounts('wait', 'prioritized', 'active'))
          const { wait = 0, prioritized = 0, active = 0 } = counted
          return [wanted, { waiting: wait + prioritized, active }] as const
        }),
      )
      return Object.fromEntries(entries) as Record<AcceleratorClass, { waiting: number; active: number }>
    },
    /** The BullMQ queues by accelerator class for tools that know BullMQ, read-only. */
    bullmq: () => context.queues,
  }
}
