import type { ArtifactsLocation } from '@unroll/artifacts'
import type { Numerics } from '@unroll/bptt'
import type { Checkpoint, Dataset, EventCode, JobSpec, MetricRow } from '@unroll/contract'
import type { Outcome } from '@unroll/trainer'

/** What an engine choice may be; `auto` takes the best that this machine has. */
export type EngineChoice = 'auto' | 'tensorflow' | 'wasm' | 'cpu'

/**
 * Whether a run that is to stop keeps its state first, so that it can go on from there. `must`: it trains on where that cannot
 * be done.
 */
export type Saving = 'no' | 'if_possible' | 'must'

/** Worker process → child. A child gets perhaps a `warm`, then one `train`, and perhaps some `stop` after it, of which the newest counts. */
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
      /** What the run goes on from; null for its first step. */
      checkpoint: Checkpoint | null
      engine: EngineChoice
      artifacts: ArtifactsLocation
      /** A plan of faults to arm, in tests. */
      faults?: string | undefined
    }
  | { type: 'stop'; save: Saving }

/** What computes, as the worker registers it. */
export interface EngineDescription {
  engine: string
  device: string
  versions: Record<string, string>
  /** One sentence: why this engine, and why none that is faster. */
  reason: string
  /** Whether something faster was to be had and does not start. */
  isFallback: boolean
  /** Numbers in a vector of our own kernels; null where others compute. */
  vectorLanes: number | null
}

/** What a child says of itself once it has loaded the engine ahead of its run. */
export interface Warmth extends EngineDescription {
  /** Memory that the child holds while it waits, in bytes. */
  idleBytes: number
}

/** How often a child says that it lives, while no step holds it up. */
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
  /** What decides the numbers of this run beside its specification and the engine. */
  numbers: Numerics & { shards: number }
}

/**
 * Child → worker process. Order: `ready` once the engine is loaded, then any number of `rows`, `checkpoint` (after all rows
 * up to its step) and `event`, then one `ended` or `failed`, after which the child exits by itself. A child that goes
 * without either was lost. `corrupt` is the only word of one that cannot go on from the newest checkpoint.
 */
export type FromChild =
  | Ready
  | { type: 'corrupt'; id: string; why: string }
  /** `step`: the newest finished; not every step has a row. */
  | { type: 'rows'; rows: MetricRow[]; step: number }
  | { type: 'checkpoint'; checkpoint: Checkpoint }
  | { type: 'event'; code: EventCode; data: Record<string, unknown> }
  /** A stop that must save first could not, and is forgotten. */
  | { type: 'kept_on' }
  | { type: 'ended'; outcome: Outcome }
  | {
      type: 'failed'
      reason: 'device_lost' | 'engine_error' | 'invalid_dataset' | 'out_of_memory' | 'storage_error'
      message: string
      pointer: string | null
      /** Whether another attempt may fare better. */
      passing: boolean
    }
