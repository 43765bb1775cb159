// What was computed again is held against what was recorded, bit for bit.

import type { LayerFlow, MetricRow, ReplayResult } from '@unroll/contract'
import type { Store } from '@unroll/store'

/** Numbers of an update that do not depend on the time or on what else is measured. */
const COMPARED = ['loss', 'grad_norm', 'grad_norm_clipped'] as const
const PAGE = 1_000

interface RecordedRow {
  series: Readonly<Record<string, number | undefined>>
  flow?: LayerFlow[]
}

interface Range {
  fromStep: number
  toStep: number
}

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

/** The rows of the run in a range of its steps. */
async function readRecorded(
  { metrics }: Pick<Store, 'metrics'>,
  job: string,
  range: Range,
): Promise<ReadonlyMap<number, RecordedRow>> {
  const found = new Map<number, RecordedRow>()
  await eachPage(range, async (from) => {
    const { blocks } = await metrics.read(job, { ...from, limit: PAGE })
    for (const { steps, columns } of blocks) {
      for (const [at, step] of steps.entries()) {
        const series = COMPARED.map((name) => [name, columns.get(name)?.values[at]] as const)
        found.set(step, { series: Object.fromEntries(series) })
      }
    }
    return blocks.at(-1)?.steps.at(-1)
  })
  await eachPage(range, async (from) => {
    const { blocks } = await metrics.readFlow(job, { ...from, limit: PAGE })
    for (const { steps, flow } of blocks) for (const [at, step] of steps.entries()) addFlow(found.get(step), flow[at])
    return blocks.at(-1)?.steps.at(-1)
  })
  return found
}

/** Reads pages until one has no row, or the last of the range. */
async function eachPage(range: Range, read: (from: Range) => Promise<number | undefined>): Promise<void> {
  for (let { fromStep } = range; ;) {
    const last = await read({ ...range, fromStep })
    if (last === undefined || last >= range.toStep) return
    fromStep = last + 1
  }
}

function addFlow(row: RecordedRow | undefined, flow: LayerFlow[] | undefined): void {
  if (row !== undefined && flow !== undefined) row.flow = flow
}

/** Whether all that both rows have is the same; a flow that one of them lacks was not observed. */
function isEqualRow({ series, flow }: MetricRow, recorded: RecordedRow): boolean {
  const isEqualSeries = COMPARED.every((name) => Object.is(series[name], recorded.series[name]))
  if (!isEqualSeries || flow === undefined || recorded.flow === undefined) return isEqualSeries
  return flow.every((layer, at) => isEqualFlow(layer, recorded.flow?.[at]))
}

function isEqualFlow(one: LayerFlow, other: LayerFlow | undefined): boolean {
  return (['h', 'c', 'probe', 'matrix'] as const).every((state) => {
    const [a, b] = [one[state], other?.[state]]
    return a === undefined || b === undefined || (a.length === b.length && a.every((norm, t) => Object.is(norm, b[t])))
  })
}
