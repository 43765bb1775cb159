/**
 * How soon silence counts as death. A worker renews the lock of a job four times in `lockMs`. When it dies the lock runs
 * out after `lockMs` at most; a check then takes the job back if the check before it saw it running, and of two checkers
 * one may come just too early for its turn. So a killed worker's job is delivered again within
 *
 *     lockMs + 2 · stalledCheckMs  =  15 s
 *
 * After a break in which nobody could check, such as an absence of the server, checks take nothing back for `lockMs`: those
 * who live renew their locks in that time, and who died meanwhile is noticed within the same bound after the break.
 *
 * A job has failed within deadlineCheckMs + deadlineGraceMs = 5.5 s of its deadline, whatever its worker does; in
 * deadlineCheckMs where no worker holds it.
 */
export interface Timing {
  /** How long a lock lasts. Also how long a worker's process may be stopped or cut off and still keep its jobs. */
  lockMs: number
  stalledCheckMs: number
  /** Silence after which a worker is listed as lost. Its jobs go by their locks, not by this. */
  workerLostMs: number
  /** How often deadlines are looked at. */
  deadlineCheckMs: number
  /** How long the worker of a job may take to stop at the deadline, before the job fails without it. */
  deadlineGraceMs: number
  /** How often jobs that wait are held against those that may be preempted. */
  preemptionCheckMs: number
  /** How long a job may wait beside a free slot before the consumer connects anew. */
  backlogMs: number
}

/** What follows from how long locks last: the rest of the default stays. */
export function deriveTiming(lockMs: number): Pick<Timing, 'lockMs' | 'stalledCheckMs' | 'workerLostMs'> {
  return { lockMs, stalledCheckMs: lockMs / 4, workerLostMs: lockMs * 1.5 }
}

export const TIMING: Timing = {
  ...deriveTiming(10_000),
  deadlineCheckMs: 500,
  deadlineGraceMs: 5_000,
  preemptionCheckMs: 500,
  backlogMs: 15_000,
}
