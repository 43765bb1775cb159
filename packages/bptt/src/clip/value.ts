import type { Ops } from '../ops/ops.ts'
import { mapTensors, type Tensors } from '../ops/tensors.ts'
import { outcome, share } from './coefficient.ts'
import type { ClipInput, Clipped, ClipPolicy } from './policy.ts'

/** Each element is clamped to [-threshold, threshold], as `torch.nn.utils.clip_grad_value_` does: Inf is clamped, NaN stays. */
export const value: ClipPolicy<{ threshold: number }> = {
  clip<X>(ops: Ops<X>, { threshold }: { threshold: number }, input: ClipInput<X>): Clipped<X> {
    const gradients = mapTensors(input.gradients, (g) => ops.clamp(g, threshold))
    const fraction = shareBeyond(ops, threshold, input.gradients)
    return { gradients, ...outcome(ops, input.norm, gradients), fraction, state: input.state }
  },
}

/** Share of all elements that are larger in magnitude than the limit, scalar. */
export function shareBeyond<X>(ops: Ops<X>, limit: number, tensors: Tensors<X>): X {
  const all = Object.values(tensors)
  const elements = all.reduce((sum, x) => sum + ops.shape(x).reduce((a, b) => a * b, 1), 0)
  const counts = all.map((x) => ops.scope(() => ops.sum(ops.less(ops.constant(limit), ops.abs(x)))))
  return share(ops, counts, elements)
}
