import type { Cursor } from '@unroll/contract'
import type { Metrics } from '@unroll/store'
import { Buckets } from './pyramids/buckets.ts'
import { currentPyramid } from './pyramids/pyramid_state.ts'
import type { Segments } from './segments/segments.ts'
import { Sketch } from './pyramids/sketch.ts'

/** Percentiles of every series. */
export const PERCENTILES = [1, 5, 25, 50, 75, 95, 99] as const

/** All values of a series. */
export interface SeriesSummary {
  /** One bucket. */
  all: Buckets
  /** The finite values at `PERCENTILES`: to 1 % of each, and within the extremes. */
  percentiles: number[]
}

export interface Summary {
  cursor: Cursor
  done: boolean
  firstStep: number | null
  series: Map<string, SeriesSummary>
}

/** The summary of all rows of a run of any length, from the stored pyramid and the rows after it. */
export async function summary(
  metrics: Metrics,
  segments: Segments,
  id: string,
  wants: (name: string) => boolean,
): Promise<Summary> {
  const line = await metrics.line(id, 'scalars')
  const { series, sketches } = await currentPyramid(segments, line, { waiting: true })
  const wanted = [...series].filter(([name]) => wants(name))
  return {
    cursor: line.head,
    done: line.ended,
    firstStep: line.firstStep,
    series: new Map(
      wanted.map(([name, buckets]) => [name, summariseSeries(buckets, sketches.get(name) ?? new Sketch())]),
    ),
  }
}

function summariseSeries(buckets: Buckets, sketch: Sketch): SeriesSummary {
  const all = new Buckets(1)
  for (let at = 0; at < buckets.count; at++) all.merge(0, buckets, at)
  const { min, max } = all.statistics
  const within = (value: number) => Math.min(max[0] ?? NaN, Math.max(min[0] ?? NaN, value))
  return { all, percentiles: sketch.quantiles(PERCENTILES.map((percent) => percent / 100)).map(within) }
}
