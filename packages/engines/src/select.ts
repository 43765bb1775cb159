import { availableParallelism } from 'node:os'
import type { Engine } from '@unroll/bptt'
import { expectsGpu, findLibrary, loadLibrary, vectorLanes } from '@unroll/libtensorflow'
import { EagerEngine } from './eager/engine.ts'
import { oracleInterpreter } from './oracle/oracle.ts'
import { tensorflowEngine } from './tensorflow/engine.ts'
import { loadBackend, type TfjsBackendName } from './tfjs/backend.ts'
import { tfjsInterpreter } from './tfjs/tfjs.ts'

/** Engines by their requested name. */
const ENGINES: Readonly<Record<string, () => Promise<Engine>>> = {
  tensorflow: () => openTensorflow(),
  wasm: () => openTfjs('wasm'),
  cpu: () => openTfjs('cpu'),
  oracle: () => Promise.resolve(openOracle()),
}

/** Tried in this order by `auto`: the fastest first. The oracle never is. */
const AUTOMATIC = ['tensorflow', 'wasm', 'cpu']

export interface Selection {
  readonly engine: Engine
  /** One sentence: why this engine, and why none that is faster. */
  readonly reason: string
  /** Whether an installed faster engine does not start, which must be reported. */
  readonly isFallback: boolean
  /** Numbers in a vector of the kernels that compute; null where they are not our own. */
  readonly vectorLanes: number | null
}

/** The name of TensorFlow's device that is a GPU of NVIDIA. */
const CUDA = 'cuda'

/**
 * Starts the engine of a name: `auto`, `tensorflow`, `wasm`, `cpu` or `oracle`. It fetches nothing: libtensorflow is
 * used if it has been provided. Errors: RangeError for an unknown name; Error, with its cause, when the engine cannot
 * start here.
 */
export async function selectEngine(name: string): Promise<Selection> {
  if (name === 'auto') return selectAutomatically()
  const start = ENGINES[name]
  if (start === undefined) {
    const names = ['auto', ...Object.keys(ENGINES)].join(', ')
    throw new RangeError(`Cannot select an engine as its name must be one of ${names}: current value is "${name}"`)
  }
  try {
    return describe(await start(), `Engine "${name}" was asked for`)
  } catch (cause) {
    throw new Error(`Cannot start engine "${name}" on this machine`, { cause })
  }
}

function describe(engine: Engine, reason: string): Selection {
  const isNative = engine.name === 'tensorflow'
  const leavesGpu = isNative && engine.backend !== CUDA && expectsGpu()
  const why = '; it computes on the CPU, as TensorFlow finds no GPU that it can use, though there is one'
  const file = isNative && engine.backend !== CUDA ? findLibrary() : undefined // our own kernels run on the CPU alone
  return {
    engine,
    reason: leavesGpu ? `${reason}${why}` : reason,
    isFallback: leavesGpu,
    vectorLanes: file === undefined ? null : vectorLanes(file),
  }
}

async function selectAutomatically(): Promise<Selection> {
  const failures: Error[] = []
  for (const name of AUTOMATIC) {
    try {
      const { engine } = await selectEngine(name)
      const unavailable = failures
        .map((failure) => `; ${failure.message}. ${(failure.cause as Error).message}`)
        .join('')
      const selected = describe(engine, `Engine "${name}" is the fastest that starts on this machine${unavailable}`)
      return { ...selected, isFallback: selected.isFallback || failures.length > 0 }
    } catch (error) {
      failures.push(error as Error)
    }
  }
  throw new AggregateError(failures, `Cannot start any engine on this machine: tried ${AUTOMATIC.join(', ')}`)
}

async function openTensorflow(): Promise<Engine> {
  return tensorflowEngine(loadLibrary(), { shards: availableParallelism() })
}

async function openTfjs(name: TfjsBackendName): Promise<Engine> {
  const backend = await loadBackend(name)
  return new EagerEngine({ name: 'tfjs', backend: name, versions: { tfjs: backend.version } }, tfjsInterpreter(backend))
}

function openOracle(): Engine {
  return new EagerEngine({ name: 'oracle', backend: 'float64', versions: {} }, oracleInterpreter())
}
