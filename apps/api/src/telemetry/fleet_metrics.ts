import { labelsText, type Worker } from '@unroll/contract'
import { Gauge } from '@unroll/telemetry'
import type { App } from '../types.ts'

/**
 * Jobs and workers of the store at the time of a scrape. Without the store there are none, and `unroll_store_up` is 0.
 */
export function fleetMetrics(app: App): void {
  const registers = [app.registry]
  const jobs = new Gauge({ name: 'unroll_jobs', help: 'Jobs by state.', labelNames: ['status'] as const, registers })
  const workers = new Gauge({
    name: 'unroll_workers',
    help: 'Workers by state and accelerator.',
    labelNames: ['status', 'accelerator'] as const,
    registers,
  })
  const slots = new Gauge({
    name: 'unroll_worker_slots',
    help: 'Slots of online workers, busy or free, by accelerator.',
    labelNames: ['state', 'accelerator'] as const,
    registers,
  })
  const depths = new Gauge({
    name: 'unroll_queue_depth',
    help: 'Jobs in line by the accelerator and the labels that they ask for.',
    labelNames: ['accelerator', 'labels'] as const,
    registers,
  })
  const paused = new Gauge({
    name: 'unroll_queue_paused',
    help: '1 while the jobs that ask for the accelerator are not handed out.',
    labelNames: ['accelerator'] as const,
    registers,
  })
  const isUp = new Gauge({ name: 'unroll_store_up', help: '1 while Redis answers.', registers })

  app.decorate('refreshMetrics', async () => {
    for (const gauge of [jobs, workers, slots, depths, paused]) gauge.reset()
    try {
      const [counts, fleet, { lines }] = await Promise.all([
        app.store.jobs.count(),
        app.store.workers.list(),
        app.store.queue.state(),
      ])
      for (const [status, count] of Object.entries(counts)) jobs.set({ status }, count)
      for (const { status, accelerator } of fleet) workers.inc({ status, accelerator })
      for (const labels of fleet.filter(isOnline).flatMap(slotLabels)) slots.inc(labels)
      for (const { accelerator, labels, depth, paused_at: pausedAt } of lines) {
        depths.set({ accelerator, labels: labelsText(labels) }, depth)
        paused.set({ accelerator }, pausedAt === null ? 0 : 1)
      }
      isUp.set(1)
    } catch {
      isUp.set(0)
    }
  })
}

function isOnline({ status }: Worker): boolean {
  return status === 'online'
}

function slotLabels({ accelerator, slots }: Worker): { state: 'busy' | 'free'; accelerator: string }[] {
  return slots.map(({ job }) => ({ state: job === null ? 'free' : 'busy', accelerator }))
}
