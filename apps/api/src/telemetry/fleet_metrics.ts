import { labelsText, type Worker } from '@unroll/contract'
import { Gauge } from '@unroll/telemetry'
import type { App } from '../types.ts'

/**
 * Jobs and workers of the store at the time of a scrape. Without the store there are none, and `unroll_store_up` is 0.
 */
export function fleetMetrics(app: App): void {
  const create = <Label extends string>(name: string, help: string, ...labelNames: Label[]): Gauge<Label> =>
    new Gauge({ name, help, labelNames, registers: [app.registry] })
  const jobs = create('unroll_jobs', 'Jobs by state.', 'status')
  const workers = create('unroll_workers', 'Workers by state and accelerator.', 'status', 'accelerator')
  const slotsHelp = 'Slots of online workers, busy or free, by accelerator.'
  const slots = create('unroll_worker_slots', slotsHelp, 'state', 'accelerator')
  const depthsHelp = 'Jobs in line by the accelerator and the labels that they ask for.'
  const depths = create('unroll_queue_depth', depthsHelp, 'accelerator', 'labels')
  const pausedHelp = '1 while the jobs that ask for the accelerator are not handed out.'
  const paused = create('unroll_queue_paused', pausedHelp, 'accelerator')
  const isUp = create('unroll_store_up', '1 while Redis answers.')

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
