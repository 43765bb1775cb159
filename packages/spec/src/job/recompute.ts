// What of a long window is kept for the way back, by `bptt.recompute`.

import type { JobSpec } from './job_spec.ts'
import type { Problem } from './problem.ts'
import { keptBytes } from './kept.ts'
import { windowOf } from './window.ts'

/** Rows (steps times batch, of a shard) of a chunk at most: gradients are added up chunk by chunk, and a chunk is never cut. */
export const CHUNK_ROWS = 4096

/** What `auto` keeps at most where `max_memory_bytes` allows more. */
const AUTO_BYTES = 512 * 2 ** 20

/**
 * Steps between the states that are kept of a window, at least; each segment between them is gone through forward again on
 * the way back. Undefined where everything is kept.
 */
export function segmentStepsOf(spec: JobSpec, problem: Problem): number | undefined {
  const { recompute = 'auto' } = spec.bptt // absent from records of before it
  const T = windowOf(spec)
  if (recompute === 'never') return undefined
  const steps = recompute === 'auto' ? Math.ceil(Math.sqrt(T)) : recompute
  const whole = wholeChunks(spec, steps)
  if (whole >= T) return undefined
  const most = Math.min(AUTO_BYTES, spec.resources.max_memory_bytes)
  return recompute === 'auto' && keptBytes(spec, problem, T) <= most ? undefined : whole
}

/** Steps rounded up to whole chunks of a window. */
function wholeChunks(spec: JobSpec, steps: number): number {
  const T = windowOf(spec)
  const { batch_size: N } = spec.training
  const chunk = Math.ceil(T / Math.ceil((T * N) / shardsOf(spec) / CHUNK_ROWS))
  return Math.ceil(steps / chunk) * chunk
}

/** The parts that a batch is cut into where the engine computes them side by side. */
function shardsOf({ training: { batch_size: N }, resources: { shards } }: JobSpec): number {
  let count = Math.min(N, shards)
  while (N % count !== 0) count -= 1
  return count
}
