// The variables of the process of a job beside those of its worker: the visible GPUs, and their numerics. They are set
// before the process loads a library, because libraries read them only once.

import { SWITCHES } from '@unroll/libtensorflow'
import type { Gpu, Resources } from '@unroll/contract'

/** The variable that binds a process to GPUs. */
export const VISIBLE = 'CUDA_VISIBLE_DEVICES'

/** GPUs of this compute capability and above have TF32. */
const TF32_SINCE = 8

export type Variables = Readonly<Record<string, string>>

/** @param gpus of the job; none: the process sees the GPUs of its worker */
export function jobVariables(
  gpus: readonly Gpu[],
  { tf32 = false, deterministic = true }: Pick<Resources, 'tf32' | 'deterministic'>,
): Variables {
  return {
    ...(gpus.length > 0 && { [VISIBLE]: gpus.map(({ uuid }) => uuid).join() }),
    ...(!(tf32 && gpus.every(hasTf32)) && SWITCHES.withoutTf32),
    ...(deterministic && SWITCHES.deterministic),
  }
}

/** Of a child that computes beside training, on the CPU. @param hasGpus whether there are GPUs, which it must then not see */
export function besideVariables(hasGpus: boolean): Variables {
  return { ...jobVariables([], {}), ...(hasGpus && { [VISIBLE]: '' }) }
}

/** A GPU without a known capability may have it. */
function hasTf32({ compute_capability: capability = null }: Gpu): boolean {
  return capability === null || Number(capability) >= TF32_SINCE
}
