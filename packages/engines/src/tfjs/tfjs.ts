import type { TensorInfo } from '@tensorflow/tfjs-core'
import type { Interpreter } from '../eager/interpreter.ts'
import type { TfjsBackend } from './backend.ts'
import { TfjsMemory } from './memory.ts'
import { tfjsOps } from './ops.ts'

/** Float32 through the kernels of a tfjs backend, one by one. */
export function tfjsInterpreter(backend: TfjsBackend): Interpreter<TensorInfo> {
  const memory = new TfjsMemory(backend)
  return {
    ops: tfjsOps(backend, memory),
    upload: (shape, data) => {
      const x = memory.create(shape)
      memory.values(x).set(data)
      return x
    },
    download: (x) => backend.values(x).slice(),
    release: (x) => memory.arena.release(x),
    live: () => memory.arena.live,
  }
}
