// The tfjs backends whose memory JavaScript can see. Kernels are called through the registry, without tfjs' own engine:
// its tape and bookkeeping cost more than a small kernel does, and scopes are ours.

import { createRequire } from 'node:module'
import { dirname, sep } from 'node:path'
import * as tf from '@tensorflow/tfjs-core'
import { MathBackendCPU } from '@tensorflow/tfjs-backend-cpu'
import { BackendWasm, setWasmPaths } from '@tensorflow/tfjs-backend-wasm'

export type TfjsBackendName = 'wasm' | 'cpu'

/** A backend and how to reach a tensor's numbers in it. */
export interface TfjsBackend {
  readonly name: TfjsBackendName
  readonly kernels: tf.KernelBackend
  readonly create: (shape: readonly number[]) => tf.TensorInfo
  readonly values: (x: tf.TensorInfo) => Float32Array
}

/** Starts a backend. Errors: whatever tfjs reports when WebAssembly or its binaries cannot be loaded. */
export async function loadBackend(name: TfjsBackendName): Promise<TfjsBackend> {
  tf.enableProdMode() // no shape checks twice, and no banner
  if (name === 'wasm')
    setWasmPaths(dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm')) + sep)
  if (!(await tf.setBackend(name))) throw new Error(`Cannot start tfjs backend "${name}" as it failed to initialise`)
  const kernels = tf.backend()
  if (kernels instanceof BackendWasm) return wasmMemory(kernels)
  if (kernels instanceof MathBackendCPU) return cpuMemory(kernels)
  throw new Error(`Cannot start tfjs backend "${name}" as its memory is unknown: it is a ${kernels.constructor.name}`)
}

function wasmMemory(kernels: BackendWasm): TfjsBackend {
  return {
    name: 'wasm',
    kernels,
    create: (shape) => kernels.makeOutput([...shape], 'float32'),
    values: (x) => kernels.typedArrayFromHeap(x) as Float32Array,
  }
}

function cpuMemory(kernels: MathBackendCPU): TfjsBackend {
  return {
    name: 'cpu',
    kernels,
    create: (shape) =>
      kernels.makeTensorInfo([...shape], 'float32', new Float32Array(tf.util.sizeFromShape([...shape]))),
    values: (x) => kernels.readSync(x.dataId) as Float32Array,
  }
}
