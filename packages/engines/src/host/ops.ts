import type { Ops } from '@unroll/bptt'
import { crossEntropies } from './cross_entropy.ts'
import { activationGradients } from './gradients.ts'
import { products } from './matmul.ts'
import type { Memory } from './memory.ts'
import { movement } from './movement.ts'
import { norms } from './norms.ts'
import { pointwise } from './pointwise.ts'
import { quantiles } from './quantile.ts'

/** Every operation as plain loops over memory that JavaScript can see, in whatever precision it has; sums are float64. */
export function hostOps<X>(memory: Memory<X>): Ops<X> {
  return {
    ...movement(memory),
    ...pointwise(memory),
    ...activationGradients(memory),
    ...products(memory),
    ...crossEntropies(memory),
    ...norms(memory),
    ...quantiles(memory),
    scope: (body) => memory.scope(body),
  }
}
