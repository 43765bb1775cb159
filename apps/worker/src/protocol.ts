import type { ArtifactsLocation } from '@unroll/artifacts'
import type { Numerics } from '@unroll/bptt'
import type {
  Checkpoint,
  Dataset,
  EvaluationReport,
  EventCode,
  JobSpec,
  MetricRow,
  ObservedInReplay,
  ReplayResult,
  SessionSpec,
} from '@unroll/contract'
import type {
  AnswerPart,
  EncodedAnswer,
  ForkedRun,
  LoggedCommand,
  PredictionBody,
  SessionCheckpoint,
} from '@unroll/store'
import type { Outcome, Replayed } from '@unroll/trainer'

/** The engine choices; `auto` takes the best of this machine. */
export type EngineChoice = 'auto' | 'tensorflow' | 'wasm' | 'cpu'

/**
 * Whether a run that must stop saves its state first, so that it can resume. With `must` it continues to train if it
 * cannot be saved.
 */
export type Saving = 'no' | 'if_possible' | 'must'

/**
 * Worker process → child. A child may receive a `warm`, then one `train` and any number of `stop`, of which the newest
 * counts; or one `evaluate`; or any number of `replay`, each after the answer to the last; or any number of `predict` and
 * `withdraw`, or of those of sessions, until it is killed.
 */
export type ToChild =
  /** Loads the engine ahead of the run. */
  | { type: 'warm'; engine: EngineChoice }
  | {
      type: 'train'
      job: string
      epoch: number
      spec: JobSpec
      /** The record of the data set that the job trains on; absent of a task. */
      dataset?: Dataset | undefined
      /** What the run goes on from; null where it begins. */
      checkpoint: Checkpoint | null
      /** The run that it is a fork of, from which it begins. */
      fork?: ForkedRun | undefined
      engine: EngineChoice
      artifacts: ArtifactsLocation
      /** A plan of faults to arm, in tests. */
      faults?: string | undefined
    }
  | { type: 'stop'; save: Saving }
  /** Evaluates a checkpoint of a job on all of another data set. */
  | {
      type: 'evaluate'
      spec: JobSpec
      checkpoint: Checkpoint
      dataset: Dataset
      engine: EngineChoice
      artifacts: ArtifactsLocation
      faults?: string | undefined
    }
  /** Computes past steps of a run again. */
  | {
      type: 'replay'
      job: string
      spec: JobSpec
      dataset?: Dataset | undefined
      /** The newest before the step; null where the run begins. */
      checkpoint: Checkpoint | null
      fork?: ForkedRun | undefined
      step: number
      observe: readonly ObservedInReplay[]
      engine: EngineChoice
      artifacts: ArtifactsLocation
      faults?: string | undefined
    }
  /** Answers a prediction, while others may be answered. */
  | ({
      type: 'predict'
      id: string
      engine: EngineChoice
      artifacts: ArtifactsLocation
      faults?: string | undefined
    } & PredictionBody)
  /** Nobody waits for a prediction any more. */
  | { type: 'withdraw'; id: string }
  /** Opens a session at a checkpoint, null where it begins; messages of earlier epochs count no longer. */
  | {
      type: 'session_open'
      session: string
      epoch: number
      spec: SessionSpec
      checkpoint: SessionCheckpoint | null
      engine: EngineChoice
      artifacts: ArtifactsLocation
      faults?: string | undefined
    }
  /** Computes a command of a session; one that was answered before is computed without a word. */
  | { type: 'session_command'; session: string; epoch: number; logged: LoggedCommand; isAnswered: boolean }
  /** Lets a session go, and with `saves` first writes what is not written yet. */
  | { type: 'session_close'; session: string; epoch: number; saves: boolean }

/** The engine, as the worker registers it. */
export interface EngineDescription {
  engine: string
  device: string
  versions: Record<string, string>
  /** One sentence with the reason for this engine, and why no faster one. */
  reason: string
  /** Whether an installed faster engine does not start. */
  isFallback: boolean
  /** Numbers in a vector of our own kernels; null for other kernels. */
  vectorLanes: number | null
}

/** The report of a child that has loaded the engine ahead of its run. */
export interface Warmth extends EngineDescription {
  /** Memory that the child holds while it waits, in bytes. */
  idleBytes: number
}

/** Milliseconds between two signs of life of a child, while no step blocks them. */
export const HEARTBEAT_MS = 1_000

/** Child → worker process, at any time. */
export interface Heartbeat {
  type: 'heartbeat'
}

/** Child → worker process: the engine is loaded ahead of the run. */
export interface Warm {
  type: 'warm'
  warmth: Warmth
}

/** Child → worker process: the engine is loaded, and the run begins. */
export interface Ready extends EngineDescription {
  type: 'ready'
  /** The settings that determine the numbers of this run, beside its specification and the engine. */
  numbers: Numerics & { shards: number }
  /** Loss of the best answer without memory, of the data as they are; NaN if nothing has a target. */
  chanceLoss: number
}

/**
 * Child → worker process. Order: `ready` once the engine is loaded, then any number of `rows`, `checkpoint` (after all rows
 * up to its step) and `event`, then one `ended` or `failed`, after which the child exits by itself. A child that goes
 * without either was lost. `corrupt` is the only word of one that cannot go on from the newest checkpoint.
 */
export type FromChild =
  | Ready
  | { type: 'corrupt'; id: string; why: string }
  /** `step`: the newest completed one; not every step has a row. */
  | { type: 'rows'; rows: MetricRow[]; step: number }
  | { type: 'checkpoint'; checkpoint: Checkpoint }
  | { type: 'event'; code: EventCode; data: Record<string, unknown> }
  /** A stop that must save first failed, and is withdrawn. */
  | { type: 'kept_on' }
  | { type: 'ended'; outcome: Outcome }
  /** The end of an `evaluate`; null where the data set has no target. */
  | { type: 'evaluated'; report: EvaluationReport | null }
  /** The answer to a `replay`, before which its rows come. */
  | { type: 'replayed'; replayed: Replayed; engine: ReplayResult['engine'] }
  /** A part of the answer to a `predict`. */
  | { type: 'answer'; id: string; part: AnswerPart }
  /** The answer to a command of a session, after which it has taken `step` updates. */
  | ({
      type: 'session_answered'
      session: string
      epoch: number
    } & EncodedAnswer &
      Pick<LoggedCommand, 'entry' | 'name' | 'mailbox'>)
  /** A checkpoint of a session is written, which replaces so many bytes of commands. */
  | { type: 'session_saved'; session: string; epoch: number; checkpoint: SessionCheckpoint; bytes: number }
  /** A checkpoint could not be written; the session goes on. */
  | { type: 'session_unsaved'; session: string; epoch: number; message: string }
  /** The end of a `session_close`. */
  | { type: 'session_closed'; session: string; epoch: number }
  /** An error has ended a session; others go on. */
  | { type: 'session_lost'; session: string; epoch: number; message: string }
  /** Memory of the process, the models that it keeps open included, after each answer to a `predict` or a `replay` and each opened session. */
  | { type: 'holds'; bytes: number }
  | {
      type: 'failed'
      reason: 'device_lost' | 'engine_error' | 'invalid_dataset' | 'out_of_memory' | 'storage_error'
      message: string
      pointer: string | null
      /** Whether another attempt may succeed. */
      passing: boolean
    }
