/** The `format` of texts that are never shown: their faults have no value. */
export const SECRET = 'password'

/** A fault of a body: its place (a JSON Pointer, RFC 6901), the requirement, and the current value. */
export interface Fault {
  pointer: string
  detail: string
  value?: unknown
  /** In an upload: the line or row, from 1. */
  line?: number
  /** The character of that line, or the cell of that row, from 1. */
  column?: number
}
