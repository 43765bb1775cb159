// The variables that the process of a job has beside those of its worker: which GPUs it sees, and how they compute. They are set
// before the process loads a library, as none of these reads them twice.

import { SWITCHES } from '@unroll/libtensorflow'
import type { Gpu, Resources } from '@unroll/contract'

/** The variable that binds a process to GPUs. */
export const VISIBLE = 'CUDA_VISIBLE_DEVICES'

/** GPUs of this compute capability and above have TF32. */
const TF32_SINCE = 8

export type Variables = Readonly<Record<string, string>>

/** @param gpus that the job is bound to; none: the process sees what its worker sees */
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

/** One that does not tell its capability may have it. */
function hasTf32({ compute_capability: capability = null }: Gpu): boolean {
  return capability === null || Number(capability) >= TF32_SINCE
}
