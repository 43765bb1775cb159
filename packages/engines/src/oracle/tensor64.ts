import { Arena } from '../host/arena.ts'
import type { Memory, Values } from '../host/memory.ts'
import { elements } from '../shape.ts'

/** A float64 tensor. */
export interface Tensor64 {
  readonly shape: readonly number[]
  readonly data: Float64Array
}

/** Float64 tensors; scopes only count them, as the garbage collector frees. */
export class Memory64 implements Memory<Tensor64> {
  readonly arena: Arena<Tensor64> = new Arena(() => undefined)

  shape(x: Tensor64): readonly number[] {
    return x.shape
  }

  values(x: Tensor64): Values {
    return x.data
  }

  create(shape: readonly number[]): Tensor64 {
    return this.arena.own({ shape, data: new Float64Array(elements(shape)) })
  }

  alias(x: Tensor64, shape: readonly number[]): Tensor64 {
    return this.arena.own({ shape, data: x.data })
  }

  scope<Result>(body: () => Result): Result {
    return this.arena.scope(body)
  }
}
