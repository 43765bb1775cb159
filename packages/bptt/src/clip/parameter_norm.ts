import type { Ops } from '../ops/ops.ts'
import { named } from '../ops/tensors.ts'
import { countClipped, outcome, scaled, share, shrinking } from './coefficient.ts'
import type { ClipInput, Clipped, ClipPolicy } from './policy.ts'

/** The rule of `norm` for each parameter tensor alone. Keras' clipnorm is the same without the 1e-6. */
export const parameterNorm: ClipPolicy<{ threshold: number }> = {
  clip<X>(ops: Ops<X>, { threshold }: { threshold: number }, input: ClipInput<X>): Clipped<X> {
    const by = Object.entries(input.norms).map(
      ([name, norm]) => [name, shrinking(ops, norm, ops.constant(threshold))] as const,
    )
    const gradients = Object.fromEntries(
      by.map(([name, own]) => [name, scaled(ops, named(input.gradients, name), own)]),
    )
    const counts = by.map(([, { coefficient }]) => countClipped(ops, coefficient))
    const { norm, coefficient } = outcome(ops, input.norm, gradients)
    return { gradients, norm, coefficient, fraction: share(ops, counts, counts.length), state: input.state }
  },
}
