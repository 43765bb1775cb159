import { MOMENTS, type Optimizer, type OptimizerType } from '@unroll/contract'
import { shrink } from '../clip/coefficient.ts'
import type { Clipped } from '../clip/policy.ts'
import { fused } from '../ops/fused.ts'
import { keepUnless, zeroBeyond } from '../ops/nonfinite.ts'
import type { Ops } from '../ops/ops.ts'
import { named, type Tensors } from '../ops/tensors.ts'
import { adagrad } from './adagrad.ts'
import { adam } from './adam.ts'
import { adamw } from './adamw.ts'
import { momentum, nesterov } from './momentum.ts'
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

function selectRule(settings: Optimizer): UpdateRule<Optimizer> {
  return RULES[settings.type]
}

/** The numbers of one update that `update` reads as scalars; `count` counts applied updates from 1. */
export function updateScalars(
  settings: Optimizer,
  learningRate: number,
  count: number,
): Readonly<Record<string, number>> {
  const { weight_average: d } = settings
  const scalars = selectRule(settings).scalars(settings, learningRate, count)
  return typeof d === 'number' ? { ...scalars, [SHARE]: (1 - d) / (1 - d ** count) } : scalars
}

/** The share of the newest weights in their average ā: ā ← ā + share (p - ā), with share 1 at the first update. */
const SHARE = 'averageShare'

/** The largest norm of a gradient with which an update leaves parameters and moments finite in float32. */
export function largestNorm(settings: Optimizer): number {
  return selectRule(settings).largest(settings)
}

/** What an update starts from. */
export interface Updatable<X> {
  readonly parameters: Tensors<X>
  readonly moments: Tensors<X>
  /** Averages of the parameters by the same names; empty where none is kept. */
  readonly averages: Tensors<X>
}

export interface UpdateGiven<X> extends Pick<Clipped<X>, 'gradients' | 'by'> {
  /** Those of updateScalars. */
  readonly scalars: Tensors<X>
  /** 1 where the update is to be applied, else all stay as they are; applied unless given. Scalar. */
  readonly may?: X
  /** Elements of a gradient that are larger count as 0; all count unless given. */
  readonly largest?: number
}

/** Parameters, moments and averages after one update. */
export function update<X>(
  ops: Ops<X>,
  settings: Optimizer,
  { parameters, moments, averages }: Updatable<X>,
  { gradients, by, scalars, may, largest }: UpdateGiven<X>,
): Updatable<X> {
  const rule = selectRule(settings)
  const regularised = rule.decays ? 0 : (settings.weight_decay ?? 0) // a job of before has none
  const names = MOMENTS[settings.type] // a moment of a parameter is `{moment}.{parameter}`
  const next: Record<keyof Updatable<X>, Record<string, X>> = { parameters: {}, moments: {}, averages: {} }
  for (const [name, parameter] of Object.entries(parameters)) {
    const own = Object.fromEntries(names.map((moment) => [moment, named(moments, `${moment}.${name}`)]))
    const gradient = named(gradients, name)
    const average = averages[name]
    const inputs = { parameter, gradient, ...own, ...(average !== undefined && { average }) }
    const around = { by, largest, decay: regularised, may }
    const alone =
      average === undefined && rule.pass?.(ops, settings, { parameter, gradient, moments: own, scalars }, around)
    const updated: Tensors<X> =
      alone ||
      fused(ops, inputs, (inner, { gradient: given, ...current }) => {
        const { parameter: p, average: mean, ...m } = current
        const shrunk = by === undefined ? given! : shrink(inner, given!, by)
        const clipped = largest === undefined ? shrunk : zeroBeyond(inner, shrunk, largest)
        const g = regularised === 0 ? clipped : inner.add(clipped, inner.scale(p!, regularised))
        const result = rule.update(inner, settings, { parameter: p!, gradient: g, moments: m, scalars })
        const after = {
          parameter: result.parameter,
          ...result.moments,
          ...(mean !== undefined && {
            average: inner.add(mean, inner.mul(inner.sub(result.parameter, mean), named(scalars, SHARE))),
          }),
        }
        return may === undefined ? after : keepUnless(inner, may, after, current)
      })
    next.parameters[name] = named(updated, 'parameter')
    if (average !== undefined) next.averages[name] = named(updated, 'average')
    for (const moment of names) next.moments[`${moment}.${name}`] = named(updated, moment)
  }
  return next
}
