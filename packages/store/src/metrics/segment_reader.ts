// Who reads rows that have left Redis: packages/history does.

import type { BlockOf, RowKind } from './block.ts'

/** Reads rows that have left Redis. */
export interface SegmentReader {
  /** The rows of segment `name`. Not to be changed: they are shared. */
  block<Kind extends RowKind>(kind: Kind, name: string): Promise<BlockOf[Kind]>
}
