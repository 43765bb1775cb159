import { adamPass, adamScalars, adamUpdate, type AdamScalar, type AdamSettings } from './adam.ts'
import { LARGEST_SQUARED, type UpdateRule } from './rule.ts'

interface Settings extends AdamSettings {
  readonly weight_decay: number
}

/** p ← p (1 - lr λ), then adam: decay does not pass through the moments (Loshchilov and Hutter 2019). */
export const adamw: UpdateRule<Settings, 'm' | 'v', AdamScalar | 'kept'> = {
  decays: true,
  scalars: (settings, learningRate, update) => ({
    ...adamScalars(settings, learningRate, update),
    kept: 1 - learningRate * settings.weight_decay,
  }),
  largest: () => LARGEST_SQUARED,
  update: (ops, settings, input) =>
    adamUpdate(ops, settings, { ...input, parameter: ops.mul(input.parameter, input.scalars.kept) }),
  pass: adamPass,
}
