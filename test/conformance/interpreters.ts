import type { HostTensor, Tensors } from '@unroll/bptt'
import {
  loadBackend,
  oracleInterpreter,
  tensorflowInterpreter,
  tfjsInterpreter,
  type Interpreter,
  type Tensor64,
  type TfjsBackendName,
} from '@unroll/engines'
import { findLibrary, loadLibrary } from '@unroll/libtensorflow'

/** Runs a check on one interpreter, whatever its tensors are. */
export interface Subject {
  readonly name: string
  /** Largest relative error against float64 numbers: of rounding alone, accumulated over a few steps. */
  readonly tolerance: number
  /** Whether numbers below the smallest normal one count, or are 0. */
  readonly subnormals: boolean
  run(check: <X extends object>(interpreter: Interpreter<X>) => void): Promise<void>
}

function tfjs(name: TfjsBackendName): Subject {
  return {
    name,
    tolerance: 1e-4,
    subnormals: true,
    run: async (check) => check(tfjsInterpreter(await loadBackend(name))),
  }
}

function tensorflow(name: string, kernels: boolean): Subject {
  return {
    name,
    tolerance: 1e-4,
    subnormals: false,
    run: (check) =>
      new Promise((resolve) => {
        const interpreter = tensorflowInterpreter(loadLibrary(), kernels)
        check(interpreter)
        interpreter.dispose()
        resolve()
      }),
  }
}

const HAS_TENSORFLOW = findLibrary() !== undefined

/** Options of a test that needs an engine or interpreter: it is left out, with the reason, where that cannot be had. */
export function needs(name: string): { readonly skip?: string } {
  return HAS_TENSORFLOW || !name.startsWith('tensorflow') ? {} : { skip: 'libtensorflow is not on this machine' }
}

/** Names of the engines that compute in float32. */
export const FLOAT32_ENGINES: readonly string[] = ['tensorflow', 'wasm', 'cpu']

/** Every interpreter, and what its precision allows. */
export const SUBJECTS: readonly Subject[] = [
  { name: 'oracle', tolerance: 1e-9, subnormals: true, run: async (check) => check<Tensor64>(oracleInterpreter()) },
  tfjs('wasm'),
  tfjs('cpu'),
  tensorflow('tensorflow', true),
]

/** TensorFlow where our kernels cannot be used, as on a GPU: each scan is unrolled into operations of its own. */
export const UNROLLED: Subject = tensorflow('tensorflow without our kernels', false)

export function upload<X>(interpreter: Interpreter<X>, tensors: Readonly<Record<string, HostTensor>>): Tensors<X> {
  return Object.fromEntries(
    Object.entries(tensors).map(([name, { shape, data }]) => [name, interpreter.upload(shape, data)]),
  )
}

export function download<X>(interpreter: Interpreter<X>, tensors: Tensors<X>): Readonly<Record<string, HostTensor>> {
  return Object.fromEntries(
    Object.entries(tensors).map(([name, x]) => [
      name,
      { shape: interpreter.ops.shape(x), data: interpreter.download(x) },
    ]),
  )
}
