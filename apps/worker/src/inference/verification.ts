// What was computed again is held against what was recorded, bit for bit.

import type { LayerFlow, MetricRow, ReplayResult } from '@unroll/contract'
import type { Store } from '@unroll/store'

/** Numbers of an update that do not depend on the time or on what else is measured. */
const COMPARED = ['loss', 'grad_norm', 'grad_norm_clipped'] as const
const PAGE = 1_000

type Recorded = Map<number, { series: Record<string, number | undefined>; flow?: LayerFlow[] }>

/** Holds rows that were computed again against those of the run. A row that the run has not recorded counts for nothing. */
export async function verifyRows(
  store: Pick<Store, 'metrics'>,
  job: string,
  rows: readonly MetricRow[],
): Promise<ReplayResult['verified']> {
  const [first, last] = [rows[0]?.step ?? 0, rows.at(-1)?.step ?? 0]
  const recorded = await readRecorded(store, job, { fromStep: first, toStep: last })
  const compared = rows.flatMap((row) => {
    const own = recorded.get(row.step)
    return own === undefined ? [] : [{ step: row.step, isEqual: isEqualRow(row, own) }]
  })
  return {
    rows: compared.length,
    equal: compared.filter(({ isEqual }) => isEqual).length,
    first_difference: compared.find(({ isEqual }) => !isEqual)?.step ?? null,
  }
}

async function readRecorded(
  { metrics }: Pick<Store, 'metrics'>,
  job: string,
  range: { fromStep: number; toStep: number },
): Promise<Recorded> {
  const found: Recorded = new Map()
  for (let { fromStep } = range; ;) {
    const { blocks } = await metrics.read(job, { ...range, fromStep, limit: PAGE })
    for (const { steps, columns } of blocks)
      for (const [at, step] of steps.entries()) {
        const valueOf = (name: string) => columns.get(name)?.values[at]
        found.set(step, { series: Object.fromEntries(COMPARED.map((name) => [name, valueOf(name)])) })
      }
    const last = blocks.at(-1)?.steps.at(-1)
    if (last === undefined || last >= range.toStep) break
    fromStep = last + 1
  }
  for (let { fromStep } = range; ;) {
    const { blocks } = await metrics.readFlow(job, { ...range, fromStep, limit: PAGE })
    for (const { steps, flow } of blocks)
      for (const [at, step] of steps.entries()) {
        const row = found.get(step)
        if (row !== undefined) row.flow = flow[at]!
      }
    const last = blocks.at(-1)?.steps.at(-1)
    if (last === undefined || last >= range.toStep) return found
    fromStep = last + 1
  }
}

/** Whether all that both rows have is the same; a flow that one of them lacks was not observed. */
function isEqualRow(
  { series, flow }: MetricRow,
  recorded: Recorded extends Map<number, infer Row> ? Row : never,
): boolean {
  const isEqualSeries = COMPARED.every((name) => Object.is(series[name], recorded.series[name]))
  if (!isEqualSeries || flow === undefined || recorded.flow === undefined) return isEqualSeries
  return flow.every((layer, at) => isEqualFlow(layer, recorded.flow?.[at]))
}

function isEqualFlow(one: LayerFlow, other: LayerFlow | undefined): boolean {
  return (['h', 'c', 'probe'] as const).every((state) => {
    const [a, b] = [one[state], other?.[state]]
    return a === undefined || b === undefined || (a.length === b.length && a.every((norm, t) => Object.is(norm, b[t])))
  })
}
