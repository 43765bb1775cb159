// Who reads rows that have left Redis: packages/history does.

import type { Cursor, MetricRow } from '@unroll/contract'
import type { FlowRow, Placed } from './frames.ts'

/** Rows of scalars and rows of flow lie apart. */
export type RowKind = 'scalars' | 'flow'

export interface RowOf {
  scalars: MetricRow
  flow: FlowRow
}

/** What of a segment is wanted. */
export interface RowQuery {
  after: Cursor
  fromStep: number
  /** Rows that suffice. */
  count: number
}

/** Reads rows that have left Redis. */
export interface SegmentReader {
  /** The first rows of segment `name` that are wanted, in order. */
  rows<Kind extends RowKind>(kind: Kind, name: string, wanted: RowQuery): Promise<Placed<RowOf[Kind]>[]>
}
