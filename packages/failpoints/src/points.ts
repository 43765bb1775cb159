/** Places at which a test may break a process, each between two writes that belong together. */
export const FAILPOINTS = [
  /** An artifact is about to be written: the disk may be full. */
  'artifact.write',
  /** An artifact is on disk under a hidden name. */
  'artifact.before_rename',
  /** The artifact has its name, in a folder that is not flushed yet. */
  'artifact.after_rename',
  /** A checkpoint has its files, but no manifest. */
  'checkpoint.before_manifest',
  /** A checkpoint is complete and the rows up to it are stored, but it is not registered. */
  'checkpoint.before_register',
  /** The checkpoint is registered, and the replaced ones still exist. */
  'checkpoint.after_register',
  /** A row exists but has not left the child. */
  'run.row',
  /** Rows are stored, but the worker has no confirmation. */
  'rows.appended',
  /** A job is claimed, but no child trains it. */
  'attempt.claimed',
  /** Everything of a run is stored except its end. */
  'attempt.before_conclusion',
  /** The end of a run is stored, but the queue still holds the job. */
  'attempt.concluded',
  /** A checkpoint and the data set that it is evaluated on are open, but nothing is answered. */
  'evaluation.opened',
  'replay.opened',
  /** The model of a prediction is open, but nothing is answered. */
  'prediction.opened',
  /** A command of a session is computed, but not answered. */
  'session.computed',
  /** A checkpoint of a session is written, but does not count yet. */
  'session.saved',
  /** A job has its record but is not in the queue. */
  'job.recorded',
  /** A lost attempt is closed in the record. */
  'job.interrupted',
  /** The jobs of a sweep, or of its next rung, are planned but not created. */
  'sweep.planned',
  /** A notification is taken but not sent. */
  'notification.taken',
  /** A receiver has a notification, which is not settled. */
  'notification.answered',
  /** One more artifact of a job is deleted, but its record still exists. */
  'job.deleting',
] as const

export type Failpoint = (typeof FAILPOINTS)[number]
