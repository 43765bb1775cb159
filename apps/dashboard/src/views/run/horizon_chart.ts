import { LineChart } from '../../charts/line.ts'
import type { Column, Table } from '../../data/columns.ts'
import { formatValue } from '../../format.ts'
import type { EvaluationReport } from '@unroll/client'

const HEIGHT = 220

type Horizons = NonNullable<EvaluationReport['horizons']>

/** The error of a forecast by how many steps ahead it looks, beside that of the season before. @param chanceMae NaN where it is not known */
export function horizonChart(
  horizons: Horizons,
  { part, chanceMae, signal }: { part: string; chanceMae: number; signal: AbortSignal },
): HTMLElement {
  const chart = new LineChart({
    label: 'Error by steps ahead',
    testId: `chart-horizon-${part}`,
    series: [
      { name: 'mae', label: 'MAE', colour: '--series-1', sparse: true },
      { name: 'rmse', label: 'RMSE', colour: '--series-2', sparse: true },
    ],
    log: false,
    height: HEIGHT,
    axis: { name: 'steps ahead', unit: 'ahead' },
    signal,
  })
  const guides = Number.isFinite(chanceMae)
    ? [{ at: chanceMae, label: `MAE of the season before ${formatValue(chanceMae)}`, colour: '--guide' as const }]
    : []
  chart.draw({ table: toTable(horizons), range: { from: 1, to: Math.max(2, horizons.length) }, guides })
  return chart.root
}

function toTable(horizons: Horizons): Table {
  const column = (name: 'mae' | 'rmse'): Column => ({
    values: Float64Array.from(horizons, (each) => each[name]),
    present: new Uint8Array(horizons.length).fill(1),
  })
  return {
    steps: Float64Array.from(horizons, ({ horizon }) => horizon),
    columns: new Map([
      ['mae', column('mae')],
      ['rmse', column('rmse')],
    ]),
  }
}
