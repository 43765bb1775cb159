import { PERCENTILES, type SeriesSummary, type Summary } from '@unroll/history'
import { formatCursor, toJsonNumber, type JsonNumber, type MetricsSummary } from '@unroll/contract'

type Series = MetricsSummary['series'][string]

export function summaryBody({ cursor, done, firstStep, series }: Summary): MetricsSummary {
  return {
    object: 'metrics_summary',
    cursor: formatCursor(cursor),
    done,
    first_step: firstStep,
    series: Object.fromEntries([...series].map(([name, values]) => [name, encodeSummary(values)])),
  }
}

function encodeSummary({ all, percentiles }: SeriesSummary): Series {
  const of = (name: keyof typeof all.statistics) => all.statistics[name][0] ?? NaN
  const n = of('n')
  const ifFinite = (value: number): JsonNumber | null => (n === 0 ? null : toJsonNumber(value))
  const stepIf = (step: number) => (n === 0 ? null : step)
  return {
    n,
    last: all.total(0) === 0 ? null : toJsonNumber(of('last')),
    min: ifFinite(of('min')),
    min_step: stepIf(of('argmin')),
    max: ifFinite(of('max')),
    max_step: stepIf(of('argmax')),
    mean: ifFinite(of('sum') / n),
    percentiles: Object.fromEntries(
      PERCENTILES.map((percent, at) => [`p${percent}`, ifFinite(percentiles[at] ?? NaN)]),
    ) as Series['percentiles'],
    nonfinite: { nan: of('nan'), infinity: of('inf'), negative_infinity: of('negInf') },
  }
}
