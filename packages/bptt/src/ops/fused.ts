import type { Ops } from './ops.ts'
import type { Tensors } from './tensors.ts'

/** Runs `body`, which goes element by element over inputs of one shape and scalars from outside, as one pass where that can be had. */
export function fused<X>(
  ops: Ops<X>,
  inputs: Tensors<X>,
  body: (ops: Ops<X>, inputs: Tensors<X>) => Tensors<X>,
): Tensors<X> {
  return ops.fused?.(inputs, body) ?? ops.scope(() => body(ops, inputs))
}
