// What the worker is told of a run that threw.

import { ArtifactNotFoundError, ArtifactReadError, ArtifactWriteError, CheckpointCorruptError } from '@unroll/artifacts'
import { lighterJob, type Accelerator, type JobSpec, type Problem } from '@unroll/contract'
import type { FromChild } from '../protocol.ts'

/** A job that asks for a GPU is in a process whose engine finds none. */
export class DeviceLostError extends Error {
  override readonly name = 'DeviceLostError'

  /** @param why the engine computes on what it does */
  constructor(why: string) {
    super(`Cannot train on a GPU as the engine finds none: ${why}`)
  }
}

/**
 * How memory that does not suffice is told of: by TensorFlow on any device, by CUDA and its libraries, and by JavaScript and
 * WebAssembly.
 */
const OUT_OF_MEMORY =
  /\bOOM when allocating|RESOURCE_EXHAUSTED|CUDA_ERROR_OUT_OF_MEMORY|(?:CUDNN|CUBLAS)_STATUS_ALLOC_FAILED|\bout of memory\b|Array buffer allocation failed|Invalid (?:typed )?array(?: buffer)? length|could not allocate memory|std::bad_alloc/i

/** A run as far as it tells how much memory it needs. */
export interface Weight {
  spec: JobSpec
  problem: Problem
  /** What computes it. */
  accelerator: Accelerator
}

/** @param run that threw; undefined where it was not known yet what it trains on */
export function failureOf(error: unknown, run?: Weight): FromChild {
  const message = sentence(error)
  if (error instanceof CheckpointCorruptError) return { type: 'corrupt', id: error.id, why: message }
  if (error instanceof ArtifactNotFoundError)
    return { type: 'failed', reason: 'invalid_dataset', message, pointer: '/data/dataset', passing: false }
  if (error instanceof ArtifactReadError)
    return { type: 'failed', reason: 'storage_error', message, pointer: null, passing: true }
  if (error instanceof ArtifactWriteError)
    return { type: 'failed', reason: 'storage_error', message, pointer: null, passing: false }
  if (error instanceof DeviceLostError)
    return { type: 'failed', reason: 'device_lost', message, pointer: null, passing: true }
  if (OUT_OF_MEMORY.test(message)) return outOfMemory(message, run)
  return { type: 'failed', reason: 'engine_error', message, pointer: null, passing: false }
}

/** With a change of the specification by which the run would need at most half of that memory. */
function outOfMemory(message: string, run: Weight | undefined): FromChild {
  const lighter = run && lighterJob(run.spec, run.problem, run.accelerator)
  const field = lighter?.pointer.slice(1).replaceAll('/', '.')
  const proposal = lighter
    ? `. With ${field} ${lighter.value} the run is estimated to need ${lighter.memoryBytes} bytes`
    : ''
  const about = { message: `${message}${proposal}`, pointer: lighter?.pointer ?? null, passing: false }
  return { type: 'failed', reason: 'out_of_memory', ...about }
}

/** An error and what it came of. */
export function sentence(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if (error.cause === undefined) return error.message
  const cause = sentence(error.cause)
  return error.message.includes(cause) ? error.message : `${error.message}: ${cause}`
}
