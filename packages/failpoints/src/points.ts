/** Places at which a process may be broken by a test, each between two writes that belong together. */
export const FAILPOINTS = [
  /** An artifact is about to be written: bytes may find no room. */
  'artifact.write',
  /** An artifact is on disk under a hidden name. */
  'artifact.before_rename',
  /** It has its name, in a folder that is not flushed yet. */
  'artifact.after_rename',
  /** A checkpoint has its files, but no manifest. */
  'checkpoint.before_manifest',
  /** A checkpoint is whole, the rows up to it are stored, and it does not count yet. */
  'checkpoint.before_register',
  /** It counts, and those it replaces are still there. */
  'checkpoint.after_register',
  /** A row was made and has not left the child. */
  'run.row',
  /** Rows are stored, and the worker does not know. */
  'rows.appended',
  /** A job is claimed, and no child trains it. */
  'attempt.claimed',
  /** All of a run is stored but how it ended. */
  'attempt.before_conclusion',
  /** How it ended is stored, and the queue still holds the job. */
  'attempt.concluded',
  /** A job is in its record, and not in the queue. */
  'job.recorded',
  /** A lost attempt is closed in the record. */
  'job.interrupted',
  /** The jobs of a sweep, or of its next rung, are to be made, and none of them is. */
  'sweep.planned',
  /** Of the artifacts of a job that is being deleted one more is gone; its record is there. */
  'job.deleting',
] as const

export type Failpoint = (typeof FAILPOINTS)[number]
