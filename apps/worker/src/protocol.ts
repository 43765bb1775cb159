import type { EventCode, JobSpec, MetricRow } from '@unroll/spec'
import type { Outcome } from '@unroll/trainer'

/** What an engine choice may be; `auto` takes the best that this machine has. */
export type EngineChoice = 'auto' | 'tensorflow' | 'webgpu' | 'wasm' | 'cpu'

/** Worker process → child. A child gets one `describe` or one `train`, and perhaps a `stop` after it. */
export type ToChild =
  | { type: 'describe'; engine: EngineChoice }
  | { type: 'train'; spec: JobSpec; engine: EngineChoice; artifacts: string }
  | { type: 'stop' }

/** What computes, as the worker registers it. */
export interface EngineDescription {
  engine: string
  device: string
  versions: Record<string, string>
}

/**
 * Child → worker process. Order: `ready` once the engine is loaded, then any number of `rows` and `event`, then one
 * `ended` or `failed`, after which the child exits by itself. A child that goes without either was lost.
 */
export type FromChild =
  | ({ type: 'ready' } & EngineDescription)
  | { type: 'rows'; rows: MetricRow[] }
  | { type: 'event'; code: EventCode; data: Record<string, unknown> }
  | { type: 'ended'; outcome: Outcome }
  | {
      type: 'failed'
      reason: 'engine_error' | 'invalid_dataset' | 'out_of_memory'
      message: string
      pointer: string | null
    }
