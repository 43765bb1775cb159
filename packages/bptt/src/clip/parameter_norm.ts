import type { Ops } from '../ops.ts'
import { mapTensors, named } from '../tensors.ts'
import { countClipped, outcome, share, shrinking } from './coefficient.ts'
import type { ClipInput, Clipped, ClipPolicy } from './policy.ts'

/** The rule of `norm` for each parameter tensor alone. Keras' clipnorm is the same without the 1e-6. */
export const parameterNorm: ClipPolicy<{ threshold: number }> = {
  clip<X>(ops: Ops<X>, { threshold }: { threshold: number }, input: ClipInput<X>): Clipped<X> {
    const coefficients = mapTensors(input.norms, (norm) => shrinking(ops, norm, ops.constant(threshold)))
    const gradients = mapTensors(input.gradients, (g, name) => ops.mul(g, named(coefficients, name)))
    const counts = Object.values(coefficients).map((coefficient) => countClipped(ops, coefficient))
    const { norm, coefficient } = outcome(ops, input.norm, gradients)
    return { gradients, norm, coefficient, fraction: share(ops, counts, counts.length), state: input.state }
  },
}
