/**
 * How soon silence counts as death. A worker renews the lock of a job at half of `lockMs`. When it dies the lock runs out
 * after `lockMs` at most; a check then takes the job back if the check before it saw it running, and of two checkers one
 * may come just too early for its turn. So a killed worker's job is delivered again within
 *
 *     lockMs + 2 · stalledCheckMs  =  15 s
 */
export interface Timing {
  /** How long a lock lasts. Also how long a worker's process may be stopped or cut off and still keep its jobs. */
  lockMs: number
  stalledCheckMs: number
  /** Silence after which a worker is listed as lost. Its jobs go by their locks, not by this. */
  workerLostMs: number
}

export const TIMING: Timing = { lockMs: 10_000, stalledCheckMs: 2_500, workerLostMs: 15_000 }
