// Loads the library for a requested device, whereas `loadLibrary` takes the available one.

import { hideGpus } from './environment.ts'
import { loadLibrary, type Binding } from './library.ts'
import { isMissing, readGpus } from './nvidia_smi.ts'
import { provideLibrary, type Progress } from './provide.ts'
import { hasNvidiaGpu } from './variant.ts'

export type Device = 'gpu' | 'cpu'

/** There is no GPU for libtensorflow; the message has the reason. */
export class NoGpuError extends Error {
  override readonly name = 'NoGpuError'
}

/**
 * Provides libtensorflow and loads it into this process for one device: with `cpu` it sees no GPU, even if there is one.
 * Errors: NoGpuError; else those of provideLibrary and loadLibrary.
 */
export async function loadLibraryFor(device: Device, onProgress?: Progress): Promise<Binding> {
  if (device === 'gpu' && !hasNvidiaGpu()) {
    throw new NoGpuError("Cannot use a GPU as NVIDIA's driver is not on this machine: no /proc/driver/nvidia/version")
  }
  if (device === 'cpu') hideGpus()
  await provideLibrary(onProgress)
  const binding = loadLibrary()
  if (device === 'gpu' && !binding.isUsingGpuDevice()) {
    throw new NoGpuError(
      'Cannot use a GPU as libtensorflow finds none, though the driver is there: CUDA_VISIBLE_DEVICES may hide it, or the driver be too old (nvidia-smi says)',
    )
  }
  return binding
}

/** Name, memory and driver of each GPU of this machine, `NVIDIA L4, 23034 MiB, 550.54.15`; empty without NVIDIA's tool. */
export async function describeGpus(): Promise<readonly string[]> {
  try {
    const gpus = await readGpus({ tool: 'nvidia-smi' })
    return gpus.map(({ name, memory_bytes: bytes, driver }) =>
      [name, ...(bytes === null ? [] : [`${bytes / 2 ** 20} MiB`]), driver].join(', '),
    )
  } catch (error) {
    if (isMissing(error)) return []
    throw error
  }
}
