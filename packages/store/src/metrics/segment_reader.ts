// The interface of readers of archived rows, which packages/history implements.

import type { BlockOf, RowKind } from './block.ts'

/** Reads archived rows. */
export interface SegmentReader {
  /** The shared rows of segment `name`, which must not be changed. */
  block<Kind extends RowKind>(kind: Kind, name: string): Promise<BlockOf[Kind]>
}
