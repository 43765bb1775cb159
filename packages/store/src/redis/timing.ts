/**
 * How soon silence counts as death. A worker renews the lock of a job four times in `lockMs`. After its death the lock
 * expires within `lockMs`; a check then takes the job back if the check before it saw it running, and of two checkers
 * one may come just too early for its turn. The job of a killed worker is therefore delivered again within lockMs + 2 ·
 * stalledCheckMs = 15 s. After a gap in which no process could check, such as an outage of the server, checks take
 * nothing back for `lockMs`: live workers renew their locks in that time, and a worker that died meanwhile is detected
 * within the same bound after the gap. A job fails within deadlineCheckMs + deadlineGraceMs = 5.5 s of its deadline,
 * whatever its worker does; within deadlineCheckMs if no worker holds it.
 */
export interface Timing {
  /**
   * Duration of a lock; also the time for which a worker's process may be stopped or disconnected and still keep its
   * jobs.
   */
  lockMs: number
  stalledCheckMs: number
  /** Silence after which a worker is listed as lost. Its jobs depend on their locks, not on this. */
  workerLostMs: number
  /** Milliseconds between two checks of deadlines. */
  deadlineCheckMs: number
  /** Time for the worker of a job to stop at the deadline, before the job fails without it. */
  deadlineGraceMs: number
  /** Milliseconds between two comparisons of waiting jobs with preemptible ones. */
  preemptionCheckMs: number
  /** Silence after which nobody is taken to answer a prediction. */
  predictionMs: number
  /** Time for which an answer of a session is waited for: longer than a death of its worker takes to be noticed. */
  sessionMs: number
  /** Time that a job may wait beside a free slot before the consumer reconnects. */
  backlogMs: number
}

/** Time in which a worker that was killed is there again, on a busy machine. */
const START_MS = 60_000

/** The timing that follows from the duration of locks; the rest is the default. */
export function deriveTiming(
  lockMs: number,
): Pick<Timing, 'lockMs' | 'stalledCheckMs' | 'workerLostMs' | 'predictionMs' | 'sessionMs'> {
  return {
    lockMs,
    stalledCheckMs: lockMs / 4,
    workerLostMs: lockMs * 1.5,
    predictionMs: lockMs * 3,
    sessionMs: START_MS + lockMs * 2,
  }
}

export const TIMING: Timing = {
  ...deriveTiming(10_000),
  deadlineCheckMs: 500,
  deadlineGraceMs: 5_000,
  preemptionCheckMs: 500,
  backlogMs: 15_000,
}
