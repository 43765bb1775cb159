import type { Job } from '../numbers.ts'
import { formatDuration } from './duration.ts'

/**
 * The reason, the place and the forecast of a waiting job: `waiting for a free slot`, `3 ahead in the queue`, `may
 * start in about 5 min`.
 */
export function queueWords({ queue }: Pick<Job, 'queue'>): string[] {
  const { position, waiting_for: waitingFor } = queue
  return [
    ...(waitingFor === null ? [] : [`waiting for ${waitingFor}`]),
    ...(position === null
      ? []
      : [position === 0 ? 'next in the queue' : `${position.toLocaleString('en')} ahead in the queue`]),
    ...startWords({ queue }),
  ]
}

/**
 * The start of a waiting job or the remaining time of a running one: `may start in about 5 min`, `about 20 s left`;
 * empty if unknown.
 */
export function timeWords({ queue, progress }: Pick<Job, 'queue' | 'progress'>): string {
  const { eta_seconds: left } = progress
  return left === null ? startWords({ queue }).join() : `about ${formatDuration(left)} left`
}

/** An older service has no forecast. */
function startWords({ queue: { eta_seconds: seconds } }: { queue: Partial<Job['queue']> }): string[] {
  if (seconds === undefined || seconds === null) return []
  return [seconds === 0 ? 'may start now' : `may start in about ${formatDuration(seconds)}`]
}
