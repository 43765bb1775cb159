// The tfjs backends whose memory JavaScript can see. Kernels are called through the registry, without tfjs' own engine:
// its tape and bookkeeping cost more than a small kernel does, and scopes are ours. tfjs is loaded once a backend is started:
// reading it takes a process longer than all else here, and most never start one.

import { createRequire } from 'node:module'
import { dirname, sep } from 'node:path'
import type * as tf from '@tensorflow/tfjs-core'
import type { MathBackendCPU } from '@tensorflow/tfjs-backend-cpu'
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm'

export type TfjsBackendName = 'wasm' | 'cpu'

/** A backend and how to reach a tensor's numbers in it. */
export interface TfjsBackend {
  readonly name: TfjsBackendName
  readonly kernels: tf.KernelBackend
  /** The version of tfjs. */
  readonly version: string
  readonly getKernel: typeof tf.getKernel
  readonly create: (shape: readonly number[]) => tf.TensorInfo
  readonly values: (x: tf.TensorInfo) => Float32Array
}

/** Starts a backend. Errors: whatever tfjs reports when WebAssembly or its binaries cannot be loaded. */
export async function loadBackend(name: TfjsBackendName): Promise<TfjsBackend> {
  const core = await import('@tensorflow/tfjs-core')
  core.enableProdMode() // no shape checks twice, and no banner
  const start = { name, version: core.version_core, getKernel: core.getKernel }
  return name === 'wasm' ? startWasm(core, start) : startCpu(core, start)
}

type Core = typeof tf
type Start = Pick<TfjsBackend, 'name' | 'version' | 'getKernel'>

async function startWasm(core: Core, start: Start): Promise<TfjsBackend> {
  const { BackendWasm: Kind, setWasmPaths } = await import('@tensorflow/tfjs-backend-wasm')
  setWasmPaths(dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm')) + sep)
  const kernels: BackendWasm = await startKernels(core, 'wasm', Kind)
  return {
    ...start,
    kernels,
    create: (shape) => kernels.makeOutput([...shape], 'float32'),
    values: (x) => kernels.typedArrayFromHeap(x) as Float32Array,
  }
}

async function startCpu(core: Core, start: Start): Promise<TfjsBackend> {
  const { MathBackendCPU: Kind } = await import('@tensorflow/tfjs-backend-cpu')
  const kernels: MathBackendCPU = await startKernels(core, 'cpu', Kind)
  return {
    ...start,
    kernels,
    create: (shape) =>
      kernels.makeTensorInfo([...shape], 'float32', new Float32Array(core.util.sizeFromShape([...shape]))),
    values: (x) => kernels.readSync(x.dataId) as Float32Array,
  }
}

async function startKernels<Kernels>(
  core: Core,
  name: TfjsBackendName,
  Kind: abstract new (...given: never[]) => Kernels,
): Promise<Kernels> {
  if (!(await core.setBackend(name))) throw new Error(`Cannot start tfjs backend "${name}" as it failed to initialise`)
  const kernels = core.backend()
  if (kernels instanceof Kind) return kernels
  throw new Error(`Cannot start tfjs backend "${name}" as its memory is unknown: it is a ${kernels.constructor.name}`)
}
