import { specialKind } from '@unroll/client'
import { MISSING, type FlowGrid } from '../data/flow_rows.ts'
import { formatCount, formatRange, formatValue } from '../format.ts'

/** The meaning of a row and a line of a heat map, and the value there; for a bucket the largest. @param quantity such as `norm` */
export function placeText(grid: FlowGrid, { row, line }: { row: number; line: number }, quantity: string): string {
  const { lines, values } = grid
  const middle = grid.steps[row]
  if (middle === undefined) return 'no data yet'
  const span = grid.spans[row] ?? 1
  const first = middle - (span - 1) / 2
  const t = lines.from + line * lines.width
  const steps = span === 1 ? `step ${formatCount(first)}` : `steps ${formatRange(first, first + span - 1)}`
  const timesteps = formatRange(t, t + lines.width - 1)
  const norm = span * lines.width === 1 ? quantity : `greatest ${quantity}`
  return `${steps} · t = ${timesteps} · ${norm} ${normText(values[row * lines.count + line] ?? MISSING)}`
}

function normText(log10Norm: number): string {
  if (log10Norm === MISSING) return 'not measured'
  const kind = specialKind(log10Norm)
  if (kind === 'zero') return 'exactly 0'
  return formatValue(kind === undefined ? 10 ** log10Norm : log10Norm)
}

/** The text alternative of the heat map. */
export function describe(label: string, { steps, lines }: FlowGrid): string {
  const rows = `${formatCount(steps.length)} rows of training steps`
  return `${label}: ${rows} by ${formatCount(lines.count)} of time steps. Arrow keys read values.`
}
