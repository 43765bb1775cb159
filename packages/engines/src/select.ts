import { availableParallelism } from 'node:os'
import type { Engine } from '@unroll/bptt'
import { version_core } from '@tensorflow/tfjs-core'
import { loadLibrary } from '@unroll/libtensorflow'
import { EagerEngine } from './eager/engine.ts'
import { oracleInterpreter } from './oracle/oracle.ts'
import { tensorflowEngine } from './tensorflow/engine.ts'
import { loadBackend, type TfjsBackendName } from './tfjs/backend.ts'
import { tfjsInterpreter } from './tfjs/tfjs.ts'

/** Engines by the name they are asked for. */
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
  /** One sentence: why this engine. */
  readonly reason: string
}

/**
 * Starts the engine of a name: `auto`, `tensorflow`, `wasm`, `cpu` or `oracle`. Never fetches anything: libtensorflow is
 * used where it has been provided.
 * Errors: RangeError for an unknown name; Error, with its cause, when the engine cannot start here.
 */
export async function selectEngine(name: string): Promise<Selection> {
  if (name === 'auto') return selectAutomatically()
  const start = ENGINES[name]
  if (start === undefined) {
    const names = ['auto', ...Object.keys(ENGINES)].join(', ')
    throw new RangeError(`Cannot select an engine as its name must be one of ${names}: current value is "${name}"`)
  }
  try {
    return { engine: await start(), reason: `Engine "${name}" was asked for` }
  } catch (cause) {
    throw new Error(`Cannot start engine "${name}" on this machine`, { cause })
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
      return { engine, reason: `Engine "${name}" is the fastest that starts on this machine${unavailable}` }
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
  return new EagerEngine({ name: 'tfjs', backend: name, versions: { tfjs: version_core } }, tfjsInterpreter(backend))
}

function openOracle(): Engine {
  return new EagerEngine({ name: 'oracle', backend: 'float64', versions: {} }, oracleInterpreter())
}
