/**
 * The states of a job and the moves between them. The store makes every move by one Lua script that is handed this
 * table; nothing else writes a state.
 *
 * - queued: waits in the queue. starting: a worker has it and sets up. running: training.
 * - pausing → paused: stops at the next step, keeps its place. cancelling: stops at the next step, for good.
 * - interrupted: its worker was lost or gave it back, or it was preempted; goes on from there by itself.
 * - succeeded, failed, cancelled: the end; nothing moves on from there.
 */
export const MOVES = {
  queued: ['starting', 'paused', 'cancelled', 'failed'],
  starting: ['running', 'failed', 'cancelling', 'pausing', 'interrupted', 'cancelled'],
  running: ['succeeded', 'failed', 'cancelling', 'pausing', 'interrupted'],
  pausing: ['paused', 'succeeded', 'failed', 'cancelling', 'interrupted'],
  paused: ['queued', 'cancelled', 'failed'],
  cancelling: ['cancelled', 'succeeded', 'failed', 'interrupted'],
  interrupted: ['queued', 'cancelled', 'failed'],
  succeeded: [],
  failed: [],
  cancelled: [],
} as const satisfies Record<string, readonly string[]>

export type JobStatus = keyof typeof MOVES

export const JOB_STATUSES = Object.keys(MOVES) as [JobStatus, ...JobStatus[]]

/** Whether `to` may follow `from`. */
export function isLegalMove(from: JobStatus, to: JobStatus): boolean {
  return (MOVES[from] as readonly JobStatus[]).includes(to)
}

/** Whether a state is final. */
export function isFinal(status: JobStatus): boolean {
  return MOVES[status].length === 0
}

/** The reasons of a job's state or an attempt's end: a closed list. */
export const REASONS = {
  user_cancelled: 'Cancelled by request.',
  user_paused: 'Paused by request.',
  deadline_exceeded: 'Had not ended at its deadline.',
  worker_lost: 'The worker stopped answering.',
  child_frozen: 'The process that trains was stopped or stuck, and was killed.',
  worker_draining: 'The worker was asked to stop and gave the job back.',
  preempted:
    'A job of a lower priority number has the slot; this one was saved first, and is in line again by its priority and age.',
  device_lost: 'The GPU no longer answers.',
  out_of_memory: 'The memory of the worker or of its GPU did not suffice.',
  nonfinite_loss: 'Loss or gradient became NaN or infinite.',
  invalid_dataset: 'The data set is missing or cannot be trained on.',
  engine_error: 'The engine failed.',
  storage_error: 'Artifacts could not be read or written.',
  checkpoint_corrupt: 'A checkpoint was damaged; the one before is taken.',
  restarts_exhausted: 'Started again as often as max_restarts allows.',
  target_reached: 'The target was reached before max_steps.',
  stopped_by_finding: 'The diagnosis found what the job is to stop at.',
  forked_by_finding:
    'The diagnosis found what the job is to be forked at; a new job goes on from there with the proposed change.',
  early_stopped: 'The evaluation loss no longer fell.',
} as const

export type Reason = keyof typeof REASONS
export const REASON_NAMES = Object.keys(REASONS) as [Reason, ...Reason[]]
