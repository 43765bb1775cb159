import type { Engine, Program, Session, TrainingState } from '@unroll/bptt'
import type { Binding } from '@unroll/libtensorflow'
import { TensorflowSession } from './session.ts'

/** Runs each kind of step as one compiled graph of libtensorflow. */
class TensorflowEngine implements Engine {
  readonly name = 'tensorflow'
  readonly backend: string
  readonly versions: Readonly<Record<string, string>>
  readonly #binding: Binding
  readonly #shards: number
  readonly #sessions = new Set<TensorflowSession>()

  constructor(binding: Binding, shards: number) {
    this.#binding = binding
    this.#shards = shards
    this.backend = binding.isUsingGpuDevice() ? 'cuda' : 'cpu'
    this.versions = { tensorflow: binding.TF_Version }
  }

  open(program: Program, state?: TrainingState): Promise<Session> {
    return new Promise((resolve) => {
      const session = new TensorflowSession(
        { binding: this.#binding, shards: this.#shards, onDispose: () => this.#sessions.delete(session) },
        program,
        state,
      )
      this.#sessions.add(session)
      resolve(session)
    })
  }

  live(): number {
    return [...this.#sessions].reduce((sum, { live }) => sum + live, this.#binding.getNumOfTensors())
  }

  dispose(): void {
    for (const session of this.#sessions) session.dispose()
  }
}

/**
 * The engine of a loaded libtensorflow.
 * @param shards The most equal parts a batch is cut into, computed side by side: how many cores there are. The results depend on it.
 */
export function tensorflowEngine(binding: Binding, shards: number): Engine {
  return new TensorflowEngine(binding, shards)
}
