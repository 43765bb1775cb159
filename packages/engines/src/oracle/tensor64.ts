import { Arena } from '../host/arena.ts'
import type { Memory, Values } from '../host/memory.ts'
import { elements } from '../shape.ts'

/** A float64 tensor. */
export interface Tensor64 {
  readonly shape: readonly number[]
  readonly data: Float64Array
}

/** Numbers in memory that is asked for at once, for many small tensors: to ask for each takes ten times as long as to view a part. */
const SLAB = 8192
const SMALL = 256

/** Float64 tensors; scopes only count them, as the garbage collector frees. */
export class Memory64 implements Memory<Tensor64> {
  readonly arena: Arena<Tensor64> = new Arena(() => undefined)

  #slab = new ArrayBuffer(SLAB * Float64Array.BYTES_PER_ELEMENT)
  /** Numbers of the slab that tensors have. */
  #taken = 0

  shape(x: Tensor64): readonly number[] {
    return x.shape
  }

  values(x: Tensor64): Values {
    return x.data
  }

  create(shape: readonly number[]): Tensor64 {
    return this.arena.own({ shape, data: this.#numbers(elements(shape)) })
  }

  /** Zeros, of which no other tensor has any. */
  #numbers(count: number): Float64Array {
    if (count > SMALL) return new Float64Array(count)
    if (this.#taken + count > SLAB) {
      this.#slab = new ArrayBuffer(this.#slab.byteLength)
      this.#taken = 0
    }
    const numbers = new Float64Array(this.#slab, this.#taken * Float64Array.BYTES_PER_ELEMENT, count)
    this.#taken += count
    return numbers
  }

  alias(x: Tensor64, shape: readonly number[]): Tensor64 {
    return this.arena.own({ shape, data: x.data })
  }

  scope<Result>(body: () => Result): Result {
    return this.arena.scope(body)
  }
}
