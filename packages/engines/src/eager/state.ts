import {
  flattenState,
  initialStates,
  mapTensors,
  unflattenState,
  updateScalars,
  type HostTensor,
  type Network,
  type Program,
  type StepState,
  type Tensors,
  type Window,
} from '@unroll/bptt'
import type { MaskedUpdate } from '../session/masks.ts'
import type { RunStart } from '../session/session.ts'
import type { Interpreter } from './interpreter.ts'

/** The tensors that a run holds between calls: its training state and the carried state of evaluation. */
export class EagerState<X> {
  readonly interpreter: Interpreter<X>
  readonly network: Network
  readonly program: Program
  #training: StepState<X>
  #evaluated: readonly Tensors<X>[] = []

  constructor(interpreter: Interpreter<X>, { program, network, tensors }: RunStart) {
    this.interpreter = interpreter
    this.network = network
    this.program = program
    this.#training = this.#upload(tensors)
  }

  get training(): StepState<X> {
    return this.#training
  }

  /** The states after the previous evaluation; of no layer before the first. */
  get evaluated(): readonly Tensors<X>[] {
    return this.#evaluated
  }

  /** Replaces the training state and frees the tensors that are no longer in it. */
  replaceTraining(next: StepState<X>): void {
    const kept = new Set(Object.values(flattenState(next)))
    for (const x of Object.values(flattenState(this.#training))) if (!kept.has(x)) this.interpreter.release(x)
    this.#training = next
  }

  replaceEvaluated(next: readonly Tensors<X>[]): void {
    for (const x of this.#evaluated.flatMap((states) => Object.values(states))) this.interpreter.release(x)
    this.#evaluated = next
  }

  restore(tensors: RunStart['tensors']): void {
    this.replaceTraining(this.#upload(tensors))
    this.replaceEvaluated([])
  }

  /** The weights that answer: their averages, where they are kept. */
  get answering(): Tensors<X> {
    return { ...this.#training.parameters, ...this.#training.averages }
  }

  /** Gives the states before a window's first step. */
  initial(from: Window['from'], carried: readonly Tensors<X>[], parameters: Tensors<X>): readonly Tensors<X>[] {
    return from === 'carried' ? carried : initialStates(this.interpreter.ops, this.network, parameters)
  }

  /** The update after `updates` others, as that whose masks are drawn. */
  masked(updates: number): MaskedUpdate {
    return { network: this.network, seed: this.program.seed, updates }
  }

  /** Makes the optimizer's scalars of that update. */
  scalars(learningRate: number, updates: number): Tensors<X> {
    const { ops } = this.interpreter
    return mapTensors(updateScalars(this.program.optimizer, learningRate, updates + 1), (value) => ops.constant(value))
  }

  download(): Readonly<Record<string, HostTensor>> {
    const { ops, download } = this.interpreter
    return mapTensors(flattenState(this.#training), (x) => ({ shape: ops.shape(x), data: download(x) }))
  }

  dispose(): void {
    for (const x of Object.values(flattenState(this.#training))) this.interpreter.release(x)
    this.replaceEvaluated([])
  }

  #upload(tensors: RunStart['tensors']): StepState<X> {
    const uploaded = mapTensors(tensors, ({ shape, data }) => this.interpreter.upload(shape, data))
    return unflattenState(this.network, uploaded)
  }
}
