import { random, type Random } from '@unroll/random'
import {
  SWEEP_SEED,
  isDrawn,
  parsePath,
  formatPointer,
  valueAt,
  type Dimension,
  type Distribution,
  type SweepSpec,
} from '@unroll/contract'
import type { Trial } from '@unroll/store'

/** The default of training.seed. */
const FIRST_SEED = 1
/** Seeds are whole numbers below this. */
const SEEDS = 2 ** 32

/** One value of one field of a trial. */
export interface Choice {
  /** The field, a JSON pointer into the specification. */
  field: string
  value: unknown
  /** The place of the value in the sweep. */
  source: string
}

/** The trials of a sweep, each as its choices: each point of the space with the seeds of its repeats. */
export function expandTrials(sweep: SweepSpec): Choice[][] {
  const points = expandPoints(sweep)
  const { template, repeats = 1 } = sweep
  if (repeats === 1) return points
  const given = valueAt(template, SWEEP_SEED)
  const first = typeof given === 'number' ? given : FIRST_SEED
  return points.flatMap((point) =>
    Array.from({ length: repeats }, (_, repeat) => [
      ...point,
      { field: SWEEP_SEED, value: (first + repeat) % SEEDS, source: '/repeats' },
    ]),
  )
}

/**
 * The points of the space: every combination of the values, the last field changing fastest, or the samples; the n-th
 * sample depends only on the space, the seed and n.
 */
function expandPoints({ space, strategy }: SweepSpec): Choice[][] {
  const dimensions = Object.entries(space)
  if ('samples' in strategy && strategy.samples !== undefined) {
    const { samples, seed } = strategy
    const draws = dimensions.map(([key, dimension]) => drawn(key, dimension, random(seed, toPointer(key))))
    return Array.from({ length: samples }, () => draws.map((draw) => draw()))
  }
  const all = dimensions.map(([key, dimension]) => listOptions(key, dimension))
  return all.reduce<Choice[][]>(
    (points, options) => points.flatMap((point) => options.map((option) => [...point, option])),
    [[]],
  )
}

export function mergeChoices(choices: readonly Choice[]): Trial {
  return Object.fromEntries(choices.map(({ field, value }) => [field, value]))
}

function toPointer(key: string): string {
  return formatPointer(parsePath(key) ?? [])
}

function listOptions(key: string, dimension: Dimension): Choice[] {
  const source = `/space${formatPointer([key])}`
  if (isDrawn(dimension)) return []
  return dimension.values.map((value, at) => ({ field: toPointer(key), value, source: `${source}/values/${at}` }))
}

/** Samples of one field. */
function drawn(key: string, dimension: Dimension, stream: Random): () => Choice {
  const options = listOptions(key, dimension)
  const [field, source] = [toPointer(key), `/space${formatPointer([key])}`]
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

/** Rounding may leave the bounds. */
function between(min: number, max: number, value: number): number {
  return Math.min(max, Math.max(min, value))
}
