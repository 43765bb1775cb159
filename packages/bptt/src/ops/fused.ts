import type { Ops } from './ops.ts'
import type { Tensors } from './tensors.ts'

/**
 * Runs `body`, an element-wise function of inputs of one shape and scalars from outside, as one pass if the engine
 * supports it.
 */
export function fused<X>(
  ops: Ops<X>,
  inputs: Tensors<X>,
  body: (ops: Ops<X>, inputs: Tensors<X>) => Tensors<X>,
): Tensors<X> {
  return ops.fused?.(inputs, body) ?? ops.scope(() => body(ops, inputs))
}
