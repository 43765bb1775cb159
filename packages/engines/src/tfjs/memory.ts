import type { TensorInfo } from '@tensorflow/tfjs-core'
import { Arena } from '../host/arena.ts'
import type { Memory, Values } from '../host/memory.ts'
import type { TfjsBackend } from './backend.ts'

/** Tensors of a tfjs backend, each handle one reference to its data. */
export class TfjsMemory implements Memory<TensorInfo> {
  readonly arena: Arena<TensorInfo> = new Arena((x) => this.#free(x))
  readonly #backend: TfjsBackend
  /** Transposed copies, freed with their originals: Wh's serves every step of a backward pass. */
  readonly #transposed = new Map<TensorInfo, TensorInfo>()

  constructor(backend: TfjsBackend) {
    this.#backend = backend
  }

  shape(x: TensorInfo): readonly number[] {
    return x.shape
  }

  values(x: TensorInfo): Values {
    return this.#backend.values(x)
  }

  create(shape: readonly number[]): TensorInfo {
    return this.arena.own(this.#backend.create(shape))
  }

  alias(x: TensorInfo, shape: readonly number[]): TensorInfo {
    this.#backend.kernels.incRef(x.dataId)
    return this.arena.own({ dataId: x.dataId, dtype: x.dtype, shape: [...shape] })
  }

  scope<Result>(body: () => Result): Result {
    return this.arena.scope(body)
  }

  /** The transposed copy of a matrix, made once; `make` must leave it to no scope. */
  transposed(x: TensorInfo, make: () => TensorInfo): TensorInfo {
    const copy = this.#transposed.get(x) ?? make()
    this.#transposed.set(x, copy)
    return copy
  }

  #free(x: TensorInfo): void {
    const copy = this.#transposed.get(x)
    if (copy !== undefined) this.#backend.kernels.disposeData(copy.dataId)
    this.#transposed.delete(x)
    this.#backend.kernels.disposeData(x.dataId)
  }
}
