import { encodeBlock, blockOf } from '@unroll/history'
import type { MetricRow } from '@unroll/spec'

/** Media types of metrics, and how rows are written in those that have no head. */
const WRITERS: Record<string, (rows: readonly MetricRow[], names: readonly string[]) => Buffer> = {
  'application/vnd.apache.arrow.stream': arrow,
  'text/csv': csv,
}

export const JSON_TYPE = 'application/json'
export const ROW_TYPES: readonly string[] = Object.keys(WRITERS)

/** The media type to answer with: JSON unless another is asked for. */
export function formatFor(accept: string | undefined): string {
  return ROW_TYPES.find((type) => accept?.includes(type)) ?? JSON_TYPE
}

/** Rows, their steps and the series `names`, in a format other than JSON. */
export function writtenRows(type: string, rows: readonly MetricRow[], names: readonly string[]): Buffer {
  const write = WRITERS[type]
  if (write === undefined) throw new TypeError(`Cannot write rows as ${type}`)
  return write(rows, names)
}

function arrow(rows: readonly MetricRow[], names: readonly string[]): Buffer {
  const block = blockOf(rows.map((row) => ({ at: { epoch: 0, seq: 0 }, row })))
  const wanted = [...block.columns].filter(([name]) => names.includes(name))
  return Buffer.from(encodeBlock({ ...block, columns: new Map(wanted) }, false))
}

/** Non-finite numbers by name, nothing where a series was not measured. */
function csv(rows: readonly MetricRow[], names: readonly string[]): Buffer {
  const lines = rows.map(({ step, series }) => [step, ...names.map((name) => text(series[name]))].join(','))
  return Buffer.from(`${[['step', ...names].join(','), ...lines].join('\r\n')}\r\n`)
}

function text(value: number | undefined): string {
  if (value === undefined) return ''
  return Object.is(value, -0) ? '-0' : String(value)
}
