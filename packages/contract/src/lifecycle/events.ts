/** The level and the constant message of each event of a job's log. */
export const EVENTS = {
  job_created: { level: 'info', message: 'Job accepted and queued' },
  job_updated: { level: 'info', message: 'Name, priority or metadata changed, or whether it is kept' },
  job_starting: { level: 'info', message: 'A worker took the job' },
  job_running: { level: 'info', message: 'Training started' },
  job_interrupted: { level: 'warn', message: 'The attempt ended early; the job goes on by itself' },
  job_requeued: { level: 'info', message: 'Job is back in the queue' },
  job_cancelling: { level: 'info', message: 'Cancel requested' },
  job_pausing: { level: 'info', message: 'Pause requested' },
  job_preempting: {
    level: 'info',
    message: 'A more urgent job waits: this one is saved, then its slot goes to that job',
  },
  job_paused: { level: 'info', message: 'Job is paused' },
  job_succeeded: { level: 'info', message: 'Training ended' },
  job_failed: { level: 'error', message: 'Job failed' },
  job_cancelled: { level: 'info', message: 'Job cancelled' },
  writes_refused: { level: 'warn', message: 'A worker that had lost the job to a newer attempt was refused' },
  evaluated: { level: 'info', message: 'Evaluated on held-out data' },
  diagnosis_warning: { level: 'warn', message: 'The diagnosis found something' },
  diagnosis_resolved: { level: 'info', message: 'What the diagnosis found no longer holds' },
  job_forked: { level: 'info', message: 'A new job goes on from the finding, with the change that it proposes' },
  fork_refused: { level: 'warn', message: 'No new job goes on from the finding' },
  checkpoint_written: { level: 'info', message: 'Checkpoint written' },
  checkpoint_failed: { level: 'warn', message: 'Checkpoint could not be written; the one before is intact' },
  preemption_failed: { level: 'warn', message: 'The job could not be saved to be preempted, and trains on' },
  checkpoint_corrupt: { level: 'warn', message: 'Checkpoint is damaged and no longer counts' },
  weights_loaded: { level: 'info', message: 'Training starts from given weights' },
  checkpoint_resumed: { level: 'info', message: 'Training goes on from a checkpoint' },
  engine_changed: { level: 'warn', message: 'Another engine goes on: numbers may differ in their last bits' },
  engine_fallback: { level: 'warn', message: 'A faster engine was to be had on this worker and did not start' },
  sequences_grew: { level: 'info', message: 'The length of the sequences is solved, and they become longer' },
  nonfinite_gradient: { level: 'warn', message: 'Loss, gradient or update is not finite' },
} as const satisfies Record<string, { level: 'info' | 'warn' | 'error'; message: string }>

export type EventCode = keyof typeof EVENTS

/** The events of which a receiver may be notified: changes of state, and findings. */
export const NOTIFIED_EVENTS = [
  'job_created',
  'job_starting',
  'job_running',
  'job_interrupted',
  'job_requeued',
  'job_cancelling',
  'job_pausing',
  'job_preempting',
  'job_paused',
  'job_succeeded',
  'job_failed',
  'job_cancelled',
  'diagnosis_warning',
  'diagnosis_resolved',
] as const satisfies readonly EventCode[]
export type NotifiedEvent = (typeof NOTIFIED_EVENTS)[number]
export const EVENT_CODES = Object.keys(EVENTS) as [EventCode, ...EventCode[]]
