// What of a long window is kept for the way back, by `bptt.recompute`.

import type { Accelerator } from './accelerators.ts'
import type { JobSpec } from './job_spec.ts'
import type { Problem } from './problem.ts'
import { keptBytes } from './kept.ts'
import { chooseShards } from './shards.ts'
import { gradientWindow } from './window.ts'

/** Rows (steps times batch, of a shard) of a chunk at most: gradients are added up chunk by chunk, and a chunk is never cut. */
export const CHUNK_ROWS = 4096

/** The same by what computes: what one chunk hands to the next goes through the memory of the host, which beside a CPU costs nothing. */
export const CHUNK_ROWS_OF: Readonly<Record<Accelerator, number>> = { cpu: CHUNK_ROWS, gpu: 16 * CHUNK_ROWS }

/** What `auto` keeps at most, on each device, where `max_memory_bytes` allows more. */
const AUTO_BYTES = 512 * 2 ** 20

/**
 * Steps between the states that are kept of a window, at least; each segment between them is gone through forward again on
 * the way back. Undefined where everything is kept.
 */
export function chooseSegmentSteps(spec: JobSpec, problem: Problem, accelerator: Accelerator): number | undefined {
  const { recompute = 'auto' } = spec.bptt // absent from records of before it
  const T = gradientWindow(spec)
  if (recompute === 'never') return undefined
  const steps = recompute === 'auto' ? Math.ceil(Math.sqrt(T)) : recompute
  const whole = wholeChunks(spec, steps, accelerator)
  if (whole >= T) return undefined
  const most = Math.min(AUTO_BYTES, spec.resources.max_memory_bytes)
  return recompute === 'auto' && keptBytes(spec, problem, T) <= most ? undefined : whole
}

/** Steps rounded up to whole chunks of a window. */
function wholeChunks(spec: JobSpec, steps: number, accelerator: Accelerator): number {
  const T = gradientWindow(spec)
  const { batch_size: N } = spec.training
  const chunk = Math.ceil(T / Math.ceil((T * N) / chooseShards(spec, accelerator) / CHUNK_ROWS_OF[accelerator]))
  return Math.ceil(steps / chunk) * chunk
}
