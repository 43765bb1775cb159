// The message to the worker about a failed run.

import { ArtifactNotFoundError, ArtifactReadError, ArtifactWriteError, CheckpointCorruptError } from '@unroll/artifacts'
import { lighterJob, type Accelerator, type JobSpec, type Problem } from '@unroll/contract'
import type { FromChild } from '../protocol.ts'

/** The error of a job that asks for a GPU in a process whose engine finds none. */
export class DeviceLostError extends Error {
  override readonly name = 'DeviceLostError'

  /** @param why the reason of the engine's choice of device */
  constructor(why: string) {
    super(`Cannot train on a GPU as the engine finds none: ${why}`)
  }
}

/**
 * Messages about insufficient memory: of TensorFlow on any device, of CUDA and its libraries, and of JavaScript and
 * WebAssembly.
 */
const OUT_OF_MEMORY =
  /\bOOM when allocating|RESOURCE_EXHAUSTED|CUDA_ERROR_OUT_OF_MEMORY|(?:CUDNN|CUBLAS)_STATUS_ALLOC_FAILED|\bout of memory\b|Array buffer allocation failed|Invalid (?:typed )?array(?: buffer)? length|could not allocate memory|std::bad_alloc/i

/** The part of a run that determines its memory. */
export interface Weight {
  spec: JobSpec
  problem: Problem
  /** The accelerator that computes it. */
  accelerator: Accelerator
}

/** @param run the failed run; undefined if its data were not known yet */
export function describeFailure(error: unknown, run?: Weight): FromChild {
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

/** With a change of the specification that would reduce the memory of the run to half or less. */
function outOfMemory(message: string, run: Weight | undefined): FromChild {
  const lighter = run && lighterJob(run.spec, run.problem, run.accelerator)
  const field = lighter?.pointer.slice(1).replaceAll('/', '.')
  const proposal = lighter
    ? `. With ${field} ${lighter.value} the run is estimated to need ${lighter.memoryBytes} bytes`
    : ''
  const about = { message: `${message}${proposal}`, pointer: lighter?.pointer ?? null, passing: false }
  return { type: 'failed', reason: 'out_of_memory', ...about }
}

/** An error with its causes. */
export function sentence(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if (error.cause === undefined) return error.message
  const cause = sentence(error.cause)
  return error.message.includes(cause) ? error.message : `${error.message}: ${cause}`
}
