// The part of a long window that is stored for the backward pass, by `bptt.recompute`.

import type { Accelerator } from '../sections/accelerators.ts'
import type { JobSpec } from '../job_spec.ts'
import type { Problem } from '../problem.ts'
import { keptBytes } from './kept.ts'
import { chooseShards, countRows } from './shards.ts'
import { gradientWindow } from './window.ts'

/**
 * Maximal rows of a chunk (steps times batch of a shard): gradients are summed chunk by chunk, and a chunk is never
 * divided.
 */
export const CHUNK_ROWS = 4096

/** The same by accelerator: the values between two chunks pass through host memory, which costs nothing on a CPU. */
export const CHUNK_ROWS_OF: Readonly<Record<Accelerator, number>> = { cpu: CHUNK_ROWS, gpu: 16 * CHUNK_ROWS }

/** Maximal bytes that `auto` stores on each device, if `max_memory_bytes` allows more. */
const AUTO_BYTES = 512 * 2 ** 20

/**
 * Minimal number of steps between the stored states of a window; the backward pass recomputes each segment between
 * them. Undefined if everything is stored.
 */
export function chooseSegmentSteps(spec: JobSpec, problem: Problem, accelerator: Accelerator): number | undefined {
  const { recompute = 'auto' } = spec.bptt // absent from older records
  const T = gradientWindow(spec)
  if (recompute === 'never' || spec.model.bidirectional === true) return undefined // no part of it can be computed alone
  const steps = recompute === 'auto' ? Math.ceil(Math.sqrt(T)) : recompute
  const whole = wholeChunks(spec, steps, accelerator)
  if (whole >= T) return undefined
  const most = Math.min(AUTO_BYTES, spec.resources.max_memory_bytes)
  return recompute === 'auto' && keptBytes(spec, problem, T) <= most ? undefined : whole
}

/** Steps rounded up to whole chunks of a window. */
function wholeChunks(spec: JobSpec, steps: number, accelerator: Accelerator): number {
  const T = gradientWindow(spec)
  const chunk = Math.ceil(
    T / Math.ceil((T * countRows(spec)) / chooseShards(spec, accelerator) / CHUNK_ROWS_OF[accelerator]),
  )
  return Math.ceil(steps / chunk) * chunk
}
