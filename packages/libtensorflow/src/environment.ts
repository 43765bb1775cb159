// The process environment: where caches lie, and the settings that libtensorflow itself reads nowhere else.

import { availableParallelism, homedir } from 'node:os'
import { join } from 'node:path'

/** The target that is this very processor. */
export const NATIVE = 'native'

/** The folder of this user's caches, absolute. */
export function cachesFolder(): string {
  return process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache')
}

/**
 * The processors that the kernels are compiled for, as GCC's `-march` names them, best first: those that `UNROLL_KERNELS_MARCH`
 * lists between commas, else this machine's own. Each has a native file of its own.
 */
export function kernelsTargets(): readonly string[] {
  const targets = (process.env['UNROLL_KERNELS_MARCH'] ?? '').split(',').filter((target) => target !== '')
  return targets.length > 0 ? targets : [NATIVE]
}

/**
 * Whether CUDA_VISIBLE_DEVICES names a GPU that this process is to use. An empty list, and one that begins with a negative
 * number, name none; undefined where the variable is not set.
 */
export function namesGpu(): boolean | undefined {
  const visible = process.env['CUDA_VISIBLE_DEVICES']
  return visible === undefined ? undefined : !/^\s*(?:$|-)/.test(visible)
}

/**
 * Sets what libtensorflow reads when it starts, unless the user has: one thread an operation, as the products of one
 * timestep are too small to be shared, and operations in parallel on every core; memory of a GPU is taken as it is needed,
 * as TensorFlow would otherwise take nearly all of it from whatever else uses that GPU; warnings and errors alone are logged.
 */
export function prepareEnvironment(): void {
  process.env['TF_NUM_INTRAOP_THREADS'] ??= '1'
  process.env['TF_NUM_INTEROP_THREADS'] ??= String(availableParallelism())
  process.env['TF_FORCE_GPU_ALLOW_GROWTH'] ??= 'true'
  process.env['TF_CPP_MIN_LOG_LEVEL'] ??= '2'
}

/** Has libtensorflow, loaded after this, find no GPU. */
export function hideGpus(): void {
  process.env['CUDA_VISIBLE_DEVICES'] = '-1'
}

/**
 * Variables that decide numbers on a GPU, each as it is to be set, before the libraries are loaded. Sources: cuBLAS and cuDNN
 * read the first, above whatever TensorFlow asks of them; TensorFlow's function `OpDeterminismRequired` the second.
 */
export const SWITCHES = {
  /** Products keep the precision of float32: by default their operands are rounded to TF32, whose mantissa has 10 bits. */
  withoutTf32: { NVIDIA_TF32_OVERRIDE: '0' },
  /** The same bits come out each time; an operation that cannot do so fails. */
  deterministic: { TF_DETERMINISTIC_OPS: '1' },
} as const

/** Has products on a GPU, of every library loaded after this by this process and its children, keep the precision of float32. */
export function forbidTf32(): void {
  Object.assign(process.env, SWITCHES.withoutTf32)
}

/** Has every operation on a GPU, of a library loaded after this, give the same bits each time, or fail. */
export function requireSameBits(): void {
  Object.assign(process.env, SWITCHES.deterministic)
}

/** What holds for numbers that this process computes on a GPU. */
export function numericsOnGpu(): { readonly tf32: boolean; readonly deterministic: boolean } {
  const { NVIDIA_TF32_OVERRIDE: override, TF_DETERMINISTIC_OPS: deterministic = '' } = process.env
  return {
    tf32: override !== SWITCHES.withoutTf32.NVIDIA_TF32_OVERRIDE,
    deterministic: /^(?:1|true)$/i.test(deterministic), // as TensorFlow reads booleans
  }
}
