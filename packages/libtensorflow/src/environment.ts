// The process environment: where caches lie, and the settings that libtensorflow itself reads nowhere else.

import { availableParallelism, homedir } from 'node:os'
import { join } from 'node:path'

/** The folder of this user's caches, absolute. */
export function cachesFolder(): string {
  return process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache')
}

/**
 * The processor that the kernels are compiled for, as GCC's `-march` names it: `UNROLL_KERNELS_MARCH`, else this
 * machine's own. Each has a native file of its own.
 */
export function kernelsTarget(): string {
  return process.env['UNROLL_KERNELS_MARCH'] || 'native'
}

/**
 * Sets what libtensorflow reads when it starts, unless the user has: one thread an operation, as the products of one
 * timestep are too small to be shared, and operations in parallel on every core; warnings and errors alone are logged.
 */
export function prepareEnvironment(): void {
  process.env['TF_NUM_INTRAOP_THREADS'] ??= '1'
  process.env['TF_NUM_INTEROP_THREADS'] ??= String(availableParallelism())
  process.env['TF_CPP_MIN_LOG_LEVEL'] ??= '2'
}
