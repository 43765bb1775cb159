import { random, type Random } from '@unroll/random'
import {
  MAX_TRIALS,
  UnrollError,
  VARIANT_PARTS,
  isDrawn,
  pathOf,
  pointerOf,
  tokensOf,
  type Dimension,
  type Distribution,
  type SweepSpec,
} from '@unroll/spec'
import type { Trial } from '@unroll/store'

/** One value of one field of a trial. */
export interface Choice {
  /** The field, a JSON pointer into the specification. */
  field: string
  value: unknown
  /** Where in the sweep the value is from. */
  source: string
}

/**
 * The points of the space that a sweep tries, each as what it sets: every combination of the values, the last field
 * changing fastest, or the samples, of which the n-th depends on nothing but the space, the seed and n.
 *
 * @throws {UnrollError} INVALID_SPECIFICATION when there are too many
 */
export function trialsOf({ space, strategy }: SweepSpec): Choice[][] {
  const dimensions = Object.entries(space)
  if ('samples' in strategy && strategy.samples !== undefined) {
    const { samples, seed } = strategy
    const draws = dimensions.map(([key, dimension]) => drawn(key, dimension, random(seed, fieldOf(key))))
    return Array.from({ length: samples }, () => draws.map((draw) => draw()))
  }
  const all = dimensions.map(([key, dimension]) => optionsOf(key, dimension))
  const count = all.reduce((product, { length }) => product * length, 1)
  if (count > MAX_TRIALS) throw tooMany(count)
  return all.reduce<Choice[][]>(
    (points, options) => points.flatMap((point) => options.map((option) => [...point, option])),
    [[]],
  )
}

export function changesOf(choices: readonly Choice[]): Trial {
  return Object.fromEntries(choices.map(({ field, value }) => [field, value]))
}

/**
 * A job as it would be posted: the template with what a trial sets. A part that the template leaves out is of the variant
 * it is by default, so that `/optimizer/learning_rate` alone is that of Adam.
 */
export function withChanges(template: object, trial: Trial): unknown {
  const fields = Object.keys(trial)
  const parts = Object.entries(VARIANT_PARTS).filter(
    ([name]) => !(name in template) && fields.some((field) => field.startsWith(`/${name}/`)),
  )
  return Object.entries(trial).reduce<unknown>((job, [field, value]) => withValue(job, tokensOf(field), value), {
    ...template,
    ...Object.fromEntries(parts),
  })
}

function withValue(target: unknown, [name, ...rest]: string[], value: unknown): unknown {
  if (name === undefined) return value
  const fields = typeof target === 'object' && target !== null && !Array.isArray(target) ? Object.entries(target) : []
  const inner = fields.find(([other]) => other === name)?.[1] as unknown
  return Object.fromEntries([...fields, [name, withValue(inner, rest, value)]])
}

function fieldOf(key: string): string {
  return pointerOf(pathOf(key) ?? [])
}

function optionsOf(key: string, dimension: Dimension): Choice[] {
  const source = `/space${pointerOf([key])}`
  if (isDrawn(dimension)) return []
  return dimension.values.map((value, at) => ({ field: fieldOf(key), value, source: `${source}/values/${at}` }))
}

/** Draws of one field. */
function drawn(key: string, dimension: Dimension, stream: Random): () => Choice {
  const options = optionsOf(key, dimension)
  const [field, source] = [fieldOf(key), `/space${pointerOf([key])}`]
  return () =>
    isDrawn(dimension)
      ? { field, source, value: DRAW[dimension.distribution](dimension, stream) }
      : (options[stream.integer(options.length)] as Choice)
}

const DRAW: Record<Distribution['distribution'], (bounds: { min: number; max: number }, stream: Random) => number> = {
  uniform: ({ min, max }, stream) => between(min, max, min + stream.uniform() * (max - min)),
  log_uniform: ({ min, max }, stream) =>
    between(min, max, Math.exp(Math.log(min) + stream.uniform() * (Math.log(max) - Math.log(min)))),
  int_uniform: ({ min, max }, stream) => min + stream.integer(max - min + 1),
}

/** Rounding may have left the bounds. */
function between(min: number, max: number, value: number): number {
  return Math.min(max, Math.max(min, value))
}

function tooMany(count: number): UnrollError {
  return new UnrollError('INVALID_SPECIFICATION', `Cannot try ${count} combinations`, {
    faults: [
      {
        pointer: '/space',
        detail: `Must have at most ${MAX_TRIALS} combinations of values: current number is ${count}`,
        value: count,
      },
    ],
  })
}
