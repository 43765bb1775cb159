/** One thing wrong with a body: where (a JSON Pointer, RFC 6901), what was wanted, and what came. */
export interface Fault {
  pointer: string
  detail: string
  value?: unknown
}
