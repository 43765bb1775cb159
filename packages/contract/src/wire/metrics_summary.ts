import { Type, type Static } from 'typebox'
import { measured } from './measured.ts'

const orNull = (description: string) =>
  Type.Union([...measured(description).anyOf, Type.Null()], { description: `${description} Null where there is none.` })
const step = (description: string) => Type.Union([Type.Integer(), Type.Null()], { description })
const count = (description: string) => Type.Integer({ minimum: 0, description })

const percentile = orNull('The finite value at this rank (nearest rank), to 1 % of itself.')

const SeriesSummary = Type.Object({
  n: count('Finite values. Exact.'),
  last: orNull('The last value, finite or not. Exact.'),
  min: orNull('The least finite value. Exact.'),
  min_step: step('The first step that has it.'),
  max: orNull('The greatest finite value. Exact.'),
  max_step: step('The first step that has it.'),
  mean: orNull('Of the finite values, as doubles add up.'),
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
    { description: 'Values that are not finite, which nothing else but `last` counts. Exact.' },
  ),
})

/** The summary of all rows of a run, by series. */
export const MetricsSummary = Type.Object(
  {
    object: Type.Literal('metrics_summary'),
    cursor: Type.String({ description: 'The last row that is in it.' }),
    done: Type.Boolean({ description: 'True when the job has ended: nothing will change.' }),
    first_step: Type.Union([Type.Integer(), Type.Null()], { description: 'The first step of the run that has a row.' }),
    series: Type.Record(Type.String(), SeriesSummary),
  },
  { title: 'MetricsSummary' },
)
export type MetricsSummary = Static<typeof MetricsSummary>
