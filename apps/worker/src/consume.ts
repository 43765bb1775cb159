import type { Consumer } from '@unroll/store'
import { attemptJob, type AttemptContext } from './attempt/attempt.ts'
import type { Registration } from './fleet/registration.ts'
import type { Slots } from './fleet/slots.ts'

/** Takes jobs that this worker may train from the queue, one for each slot at a time. */
export function consume(context: AttemptContext, registration: Registration, slots: Slots): Consumer {
  return context.store.queue.consume(
    (jobId, signal, needs) => registration.occupy(jobId, needs, (slot) => attemptJob(context, jobId, slot, signal)),
    {
      slots: slots.count,
      accelerator: registration.accelerator,
      labels: registration.labels,
      memoryBytes: () => slots.openBytes,
    },
  )
}
