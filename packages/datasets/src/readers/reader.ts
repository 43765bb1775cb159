import type { CellRules } from '../table_cells.ts'
import type { Faults } from '../faults.ts'
import type { IngestOptions } from '../options.ts'
import type { RawSequences } from '../raw_sequence.ts'

/** What a reader is given beside the bytes. */
export interface Reading {
  options: IngestOptions
  /** Told of what is wrong with a line or row as a whole; a reader leaves it out and goes on. */
  faults: Faults
}

/** An upload opened by the reader of its format. */
export interface Opened {
  sequences: RawSequences
  rules: CellRules
  /** Whether rows are steps, so that every field is a list. */
  isLong: boolean
}

/** Reads a format as its bytes come. */
export type StreamReader = (source: AsyncIterable<Uint8Array>, reading: Reading) => Promise<Opened>

/** The numbers of JSON and of binary formats are no texts. */
export const TYPED: CellRules = { isUntyped: false, decimal: '.' }
