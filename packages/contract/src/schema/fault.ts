/** A fault of a body: its place (a JSON Pointer, RFC 6901), the requirement, and the current value. */
export interface Fault {
  pointer: string
  detail: string
  value?: unknown
}
