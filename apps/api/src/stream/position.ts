import { formatCursor, parseCursor, type Cursor } from '@unroll/contract'
import { isBehind, type MetricsHead } from '@unroll/store'

/**
 * Where a stream is. As rows, flow and log come in messages of their own, a reader that is cut off between two of them
 * goes on exactly only if each message says how far it is with all three.
 */
export interface Position {
  rows: Cursor
  flow: Cursor
  /** `seq` of the log's last entry. */
  event: number
  /** True behind the message `end`. */
  ended: boolean
}

/** As the id of a message: `1.420_1.400_12`. */
export function formatPosition({ rows, flow, event, ended }: Position): string {
  return `${formatCursor(rows)}_${formatCursor(flow)}_${event}${ended ? '_end' : ''}`
}

/** The position that an id names. A bare cursor is behind rows and flow, and before the log. */
export function parsePosition(text: string): Position {
  const [rows = '', flow = rows, event = '0', end] = text.split('_')
  return { rows: parseCursor(rows), flow: parseCursor(flow), event: Number(event), ended: end !== undefined }
}

/** True when nothing that a run has is behind a position, but perhaps the end. */
export function hasAll({ rows, flow, event }: Position, head: MetricsHead): boolean {
  return !isBehind(head, rows) && !isBehind(head, flow) && event >= head.events
}
