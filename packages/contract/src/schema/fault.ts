/** One thing wrong with a request: where (a JSON Pointer, RFC 6901), what was wanted, and what came. */
export interface Fault {
  pointer: string
  detail: string
  value?: unknown
  /** In an upload: the line or row, from 1. */
  line?: number
  /** The character of that line, or the cell of that row, from 1. */
  column?: number
}
