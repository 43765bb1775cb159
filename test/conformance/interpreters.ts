import type { Engine, HostTensor, Tensors } from '@unroll/bptt'
import {
  loadBackend,
  oracleInterpreter,
  selectEngine,
  tensorflowEngine,
  tfjsInterpreter,
  type Interpreter,
  type Target,
  type Tensor64,
  type TfjsBackendName,
} from '@unroll/engines'
import { tensorflowInterpreter } from '@unroll/engines/testing'
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

function tensorflow(
  name: string,
  options: { readonly target: Target; readonly strict?: boolean; readonly stepsInTurn?: number },
): Subject {
  return {
    name,
    tolerance: 1e-4,
    subnormals: false,
    run: (check) =>
      new Promise((resolve) => {
        const interpreter = tensorflowInterpreter(loadLibrary(), options)
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
  tensorflow('tensorflow', { target: 'cpu' }),
]

/** Few steps are several turns of a loop with these already, and a graph that is half as large starts in half the time. */
const SHORT_TURNS = { target: 'gpu', stepsInTurn: 2 } as const

/** The graph that a GPU gets, of TensorFlow's own operations; computed by the CPU where there is none. */
export const GPU_GRAPH: Subject = tensorflow("tensorflow's graph for a GPU", SHORT_TURNS)

/** The same, no operation of which anything but a GPU may compute. */
export const ON_GPU: Subject = tensorflow('tensorflow on the GPU', { target: 'gpu', strict: true })

/** The engine of a name, or the one of `GPU_GRAPH`. */
export async function openEngine(name: string): Promise<Engine> {
  return name === GPU_GRAPH.name
    ? tensorflowEngine(loadLibrary(), { shards: 1, ...SHORT_TURNS })
    : (await selectEngine(name)).engine
}

/** Names of all that `openEngine` opens. */
export const ENGINES: readonly string[] = ['oracle', ...FLOAT32_ENGINES, GPU_GRAPH.name]

/** Engines that go through the same passes, on operations each of which ops.test.ts holds against float64. */
const SAME_PASSES: readonly string[] = ['oracle', 'wasm', 'cpu', GPU_GRAPH.name]
/** Whether every engine is given every case: `npm run test:engines`. */
const EVERY_ENGINE = process.env['UNROLL_EVERY_ENGINE'] === '1'

/**
 * The engines among `names` that the index-th of a list of cases is for: of those that go through the same passes one, in turn, as
 * what a case is about is the same code on each.
 */
export function enginesInTurn(names: readonly string[], index: number): readonly string[] {
  const same = names.filter((name) => SAME_PASSES.includes(name))
  const own = same[Math.floor(index / 2) % same.length] // two cases each: cases that alternate meet every engine
  return EVERY_ENGINE ? names : names.filter((name) => name === own || !same.includes(name))
}

export function upload<X>(interpreter: Interpreter<X>, tensors: Readonly<Record<string, HostTensor>>): Tensors<X> {
  return Object.fromEntries(
    Object.entries(tensors).map(([name, { shape, data }]) => [name, interpreter.upload(shape, data)]),
  )
}

export function download<X>(interpreter: Interpreter<X>, tensors: Tensors<X>): Readonly<Record<string, HostTensor>> {
  const xs = Object.values(tensors)
  const data = downloadEach(interpreter, xs)
  return Object.fromEntries(
    Object.keys(tensors).map((name, index) => [name, { shape: interpreter.ops.shape(xs[index]!), data: data[index]! }]),
  )
}

/** The numbers of each: at once where that is cheaper. */
export function downloadEach<X>(interpreter: Interpreter<X>, xs: readonly X[]): readonly HostTensor['data'][] {
  return interpreter.downloadAll?.(xs) ?? xs.map(interpreter.download)
}
