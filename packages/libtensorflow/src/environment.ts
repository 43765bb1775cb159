// The process environment: the folder of caches, and the settings that libtensorflow itself reads only there.

import { availableParallelism, homedir } from 'node:os'
import { join } from 'node:path'

/** The target for the processor of this machine. */
export const NATIVE = 'native'

/** The folder of this user's caches, absolute. */
export function cachesFolder(): string {
  return process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache')
}

/**
 * The target processors of the kernels in the notation of GCC's `-march`, best first: those in `UNROLL_KERNELS_MARCH`,
 * separated by commas, or else that of this machine. Each has its own native file.
 */
export function kernelsTargets(): readonly string[] {
  const targets = (process.env['UNROLL_KERNELS_MARCH'] ?? '').split(',').filter((target) => target !== '')
  return targets.length > 0 ? targets : [NATIVE]
}

/**
 * Whether CUDA_VISIBLE_DEVICES names a GPU for this process. An empty list, and one that begins with a negative number,
 * name none; undefined if the variable is not set.
 */
export function namesGpu(): boolean | undefined {
  const visible = process.env['CUDA_VISIBLE_DEVICES']
  return visible === undefined ? undefined : !/^\s*(?:$|-)/.test(visible)
}

/**
 * Sets the variables that libtensorflow reads at its start, unless the user has set them: one thread for each
 * operation, because the products of one time step are too small to be divided, and operations in parallel on every
 * core; GPU memory as needed, because TensorFlow would otherwise take nearly all of it from other users of the GPU; a
 * log of warnings and errors only.
 */
export function prepareEnvironment(): void {
  process.env['TF_NUM_INTRAOP_THREADS'] ??= '1'
  process.env['TF_NUM_INTEROP_THREADS'] ??= String(availableParallelism())
  process.env['TF_FORCE_GPU_ALLOW_GROWTH'] ??= 'true'
  process.env['TF_CPP_MIN_LOG_LEVEL'] ??= '2'
}

/** Hides all GPUs from a libtensorflow that is loaded after this. */
export function hideGpus(): void {
  process.env['CUDA_VISIBLE_DEVICES'] = '-1'
}

/**
 * Variables that determine numbers on a GPU, with their values, to be set before the libraries are loaded. Sources:
 * cuBLAS and cuDNN read the first, with precedence over TensorFlow; TensorFlow's function `OpDeterminismRequired` reads
 * the second.
 */
export const SWITCHES = {
  /**
   * Products have the precision of float32: by default their operands are rounded to TF32, whose mantissa has 10 bits.
   */
  withoutTf32: { NVIDIA_TF32_OVERRIDE: '0' },
  /** The same bits each time; an operation that cannot guarantee this fails. */
  deterministic: { TF_DETERMINISTIC_OPS: '1' },
} as const

/**
 * Makes products on a GPU have the precision of float32, in every library that this process and its children load after
 * this.
 */
export function forbidTf32(): void {
  Object.assign(process.env, SWITCHES.withoutTf32)
}

/** Makes every operation on a GPU return the same bits each time, or fail, in every library loaded after this. */
export function requireSameBits(): void {
  Object.assign(process.env, SWITCHES.deterministic)
}

/** The numerics of this process on a GPU. */
export function numericsOnGpu(): { readonly tf32: boolean; readonly deterministic: boolean } {
  const { NVIDIA_TF32_OVERRIDE: override, TF_DETERMINISTIC_OPS: deterministic = '' } = process.env
  return {
    tf32: override !== SWITCHES.withoutTf32.NVIDIA_TF32_OVERRIDE,
    deterministic: /^(?:1|true)$/i.test(deterministic), // as TensorFlow reads booleans
  }
}
