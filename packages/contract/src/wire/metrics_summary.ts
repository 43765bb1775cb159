import { Type, type Static } from 'typebox'
import { measured } from './measured.ts'

const orNull = (description: string) =>
  Type.Union([...measured(description).anyOf, Type.Null()], { description: `${description} Null without any.` })
const step = (description: string) => Type.Union([Type.Integer(), Type.Null()], { description })
const count = (description: string) => Type.Integer({ minimum: 0, description })

const percentile = orNull('The finite value at this percentile (nearest rank), to 1 % of itself.')

const SeriesSummary = Type.Object({
  n: count('Number of finite values. Exact.'),
  last: orNull('The last value, finite or not. Exact.'),
  min: orNull('The minimum of the finite values. Exact.'),
  min_step: step('Its first step.'),
  max: orNull('The maximum of the finite values. Exact.'),
  max_step: step('Its first step.'),
  mean: orNull('Mean of the finite values, summed as doubles.'),
  percentiles: Type.Object({
    p1: percentile,
    p5: percentile,
    p25: percentile,
    p50: percentile,
    p75: percentile,
    p95: percentile,
    p99: percentile,
  }),
  nonfinite: Type.Object(
    { nan: count('NaN.'), infinity: count('Infinity.'), negative_infinity: count('-Infinity.') },
    { description: 'Number of non-finite values, which only `last` includes. Exact.' },
  ),
})

/** The summary of all rows of a run, by series. */
export const MetricsSummary = Type.Object(
  {
    object: Type.Literal('metrics_summary'),
    cursor: Type.String({ description: 'The last row in it.' }),
    done: Type.Boolean({ description: 'Whether the job has ended, after which nothing changes.' }),
    first_step: Type.Union([Type.Integer(), Type.Null()], { description: 'The first step of the run with a row.' }),
    series: Type.Record(Type.String(), SeriesSummary),
  },
  { title: 'MetricsSummary' },
)
export type MetricsSummary = Static<typeof MetricsSummary>
