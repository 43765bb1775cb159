import type { Consumer } from '@unroll/store'
import { attemptJob, type AttemptContext } from './attempt.ts'
import type { Registration } from './registration.ts'

/** Takes jobs that this worker may train off the queue, one for each slot at a time. */
export function consume(context: AttemptContext, registration: Registration, slots: number): Consumer {
  return context.store.queue.consume(
    (jobId, signal) => registration.occupy(jobId, () => attemptJob(context, jobId, signal)),
    { slots, accelerator: registration.accelerator, memoryBytes: registration.memoryBytes },
  )
}
