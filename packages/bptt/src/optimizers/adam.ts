import type { Ops } from '../ops/ops.ts'
import { LARGEST_SQUARED, type Around, type Update, type UpdateInput, type UpdateRule } from './rule.ts'

export interface AdamSettings {
  readonly beta1: number
  readonly beta2: number
  readonly epsilon: number
}

/** stepSize lr / (1-β₁ᵗ) and rootScale 1 / √(1-β₂ᵗ): in float32, 1-β₂ᵗ would lose half its digits at the first updates. */
export type AdamScalar = 'stepSize' | 'rootScale'

export function adamScalars(
  { beta1, beta2 }: AdamSettings,
  learningRate: number,
  update: number,
): Record<AdamScalar, number> {
  return { stepSize: learningRate / (1 - beta1 ** update), rootScale: 1 / Math.sqrt(1 - beta2 ** update) }
}

/** m ← β₁ m + (1-β₁) g, v ← β₂ v + (1-β₂) g², p ← p - stepSize m / (√v rootScale + ε) */
export function adamUpdate<X>(
  ops: Ops<X>,
  { beta1, beta2, epsilon }: AdamSettings,
  { parameter, gradient, moments, scalars }: UpdateInput<X, 'm' | 'v', AdamScalar>,
): Update<X, 'm' | 'v'> {
  const m = ops.add(ops.scale(moments.m, beta1), ops.scale(gradient, 1 - beta1))
  const v = ops.add(ops.scale(moments.v, beta2), ops.scale(ops.square(gradient), 1 - beta2))
  const root = ops.add(ops.mul(ops.sqrt(v), scalars.rootScale), ops.constant(epsilon))
  return { parameter: ops.sub(parameter, ops.div(ops.mul(m, scalars.stepSize), root)), moments: { m, v } }
}

/** `adamUpdate` as the one pass of an engine that has it. */
export function adamPass<X>(
  ops: Ops<X>,
  { beta1, beta2, epsilon }: AdamSettings,
  { parameter, gradient, moments, scalars }: UpdateInput<X, 'm' | 'v', AdamScalar>,
  { by, ...around }: Around<X>,
): Readonly<Record<'parameter' | 'm' | 'v', X>> | undefined {
  return ops.adam?.({
    parameter,
    gradient,
    ...moments,
    ...scalars,
    beta1,
    beta2,
    epsilon,
    factors: by?.factors,
    ...around,
  })
}

/** Adam with bias correction, ε outside the root (Kingma and Ba 2015). */
export const adam: UpdateRule<AdamSettings, 'm' | 'v', AdamScalar> = {
  scalars: adamScalars,
  largest: () => LARGEST_SQUARED,
  update: adamUpdate,
  pass: adamPass,
}
