import type { Optimizer, OptimizerType } from '@unroll/spec'
import type { Ops } from '../ops.ts'
import { named, type Tensors } from '../tensors.ts'
import { adagrad } from './adagrad.ts'
import { adam } from './adam.ts'
import { adamw } from './adamw.ts'
import { momentum } from './momentum.ts'
import { nesterov } from './nesterov.ts'
import { rmsprop } from './rmsprop.ts'
import type { UpdateRule } from './rule.ts'
import { sgd } from './sgd.ts'

const RULES: { readonly [Type in OptimizerType]: UpdateRule<Extract<Optimizer, { type: Type }>> } = {
  sgd,
  momentum,
  nesterov,
  rmsprop,
  adam,
  adamw,
  adagrad,
}

function ruleOf(settings: Optimizer): UpdateRule<Optimizer> {
  return RULES[settings.type]
}

/** Names of the moments kept for each parameter; a moment of a parameter is `{moment}.{parameter}`. */
export function momentsOf(settings: Optimizer): readonly string[] {
  return ruleOf(settings).moments
}

/** The numbers of one update that `update` reads as scalars; `count` counts applied updates from 1. */
export function updateScalars(
  settings: Optimizer,
  learningRate: number,
  count: number,
): Readonly<Record<string, number>> {
  return ruleOf(settings).scalars(settings, learningRate, count)
}

/** Parameters and moments after one update. */
export function update<X>(
  ops: Ops<X>,
  settings: Optimizer,
  gradients: Tensors<X>,
  { parameters, moments, scalars }: { parameters: Tensors<X>; moments: Tensors<X>; scalars: Tensors<X> },
): { parameters: Tensors<X>; moments: Tensors<X> } {
  const rule = ruleOf(settings)
  const next: { parameters: Record<string, X>; moments: Record<string, X> } = { parameters: {}, moments: {} }
  for (const [name, parameter] of Object.entries(parameters)) {
    const own = Object.fromEntries(rule.moments.map((moment) => [moment, named(moments, `${moment}.${name}`)]))
    const updated = ops.scope(() =>
      rule.update(ops, settings, { parameter, gradient: named(gradients, name), moments: own, scalars }),
    )
    next.parameters[name] = updated.parameter
    for (const moment of rule.moments) next.moments[`${moment}.${name}`] = named(updated.moments, moment)
  }
  return next
}
