import type { Engine, Numerics, Program, Session, TrainingState } from '@unroll/bptt'
import { numericsOnGpu, type Binding } from '@unroll/libtensorflow'
import type { Accelerator } from '@unroll/contract'
import { EngineSession, beginRun } from '../session/session.ts'
import { GraphRun, type TensorflowOptions } from './run.ts'

/** Runs each kind of step as one compiled graph of libtensorflow. */
class TensorflowEngine implements Engine {
  readonly name = 'tensorflow'
  readonly backend: string
  readonly accelerator: Accelerator
  readonly numerics: Numerics
  readonly versions: Readonly<Record<string, string>>
  readonly #binding: Binding
  readonly #options: TensorflowOptions
  readonly #runs = new Map<Session, GraphRun>()

  constructor(binding: Binding, options: TensorflowOptions) {
    this.#binding = binding
    this.#options = options
    this.backend = binding.isUsingGpuDevice() ? 'cuda' : 'cpu'
    this.numerics = binding.isUsingGpuDevice() ? numericsOnGpu() : { tf32: false, deterministic: true }
    this.accelerator = options.target
    this.versions = { tensorflow: binding.TF_Version }
  }

  open(program: Program, state?: TrainingState): Promise<Session> {
    return new Promise((resolve) => {
      const start = beginRun(program, state)
      const run = new GraphRun(this.#binding, this.#options, start)
      const session: Session = new EngineSession(start, run, () => this.#runs.delete(session))
      this.#runs.set(session, run)
      resolve(session)
    })
  }

  live(): number {
    return [...this.#runs.values()].reduce((sum, { live }) => sum + live, this.#binding.getNumOfTensors())
  }

  dispose(): void {
    for (const session of this.#runs.keys()) session.dispose()
  }
}

/**
 * The engine of a loaded libtensorflow. Its graphs are made for the GPU where the library has found one, unless `target`
 * says otherwise. A GPU computes a batch whole where the program does not say how it is cut: parts would wait for each other.
 */
export function tensorflowEngine(
  binding: Binding,
  {
    shards,
    target = binding.isUsingGpuDevice() ? 'gpu' : 'cpu',
    strict = false,
    standIn = false,
    stepsInTurn,
  }: Pick<TensorflowOptions, 'shards'> & Partial<TensorflowOptions>,
): Engine {
  return new TensorflowEngine(binding, { shards: target === 'gpu' ? 1 : shards, target, strict, standIn, stepsInTurn })
}
