import { formatCursor, parseCursor, type Cursor } from '@unroll/contract'
import { isBehind, type MetricsHead } from '@unroll/store'

/**
 * The position of a stream. Rows, flow and log come in separate messages, so that each message must contain the
 * position in all three: only then can a reader continue exactly.
 */
export interface Position {
  rows: Cursor
  flow: Cursor
  /** `seq` of the log's last entry. */
  event: number
  /** Whether it is after the message `end`. */
  ended: boolean
}

/** As the id of a message: `1.420_1.400_12`. */
export function formatPosition({ rows, flow, event, ended }: Position): string {
  return `${formatCursor(rows)}_${formatCursor(flow)}_${event}${ended ? '_end' : ''}`
}

/** The position of an id. A bare cursor is after rows and flow, and before the log. */
export function parsePosition(text: string): Position {
  const [rows = '', flow = rows, event = '0', end] = text.split('_')
  return { rows: parseCursor(rows), flow: parseCursor(flow), event: Number(event), ended: end !== undefined }
}

/** Whether a run has nothing after a position, except perhaps the end. */
export function hasAll({ rows, flow, event }: Position, head: MetricsHead): boolean {
  return !isBehind(head, rows) && !isBehind(head, flow) && event >= head.events
}
