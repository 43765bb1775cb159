import type { Ops } from '../ops/ops.ts'
import { scaledBy, shrinking } from './coefficient.ts'
import type { ClipInput, Clipped, ClipPolicy } from './policy.ts'

/** g ← g · min(1, threshold / (‖g‖ + 1e-6)) over all gradients together, as `torch.nn.utils.clip_grad_norm_` does. */
export const norm: ClipPolicy<{ threshold: number }> = {
  clip<X>(ops: Ops<X>, { threshold }: { threshold: number }, input: ClipInput<X>): Clipped<X> {
    return scaledBy(ops, shrinking(ops, input.norm, ops.constant(threshold)), input, input.state)
  },
}
