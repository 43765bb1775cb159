/** A parser of hostile bytes, and what a mutator is to know of its format. */
export interface FuzzTarget {
  /** Valid inputs, the same at every call. */
  seeds: () => Promise<Uint8Array[]> | Uint8Array[]
  /** Reads an input to its end. @throws a refusal of ours */
  parse: (input: Uint8Array) => unknown
  /** Words of the format. */
  tokens: readonly string[]
  /** How to get behind a length or checksum that nearly every change of the bytes would break. */
  envelope?: Envelope
}

/** What stands around parts of a file: it is written anew around a part that was changed. */
export interface Envelope {
  /** @throws anything, or gives nothing, where the input is not of the format */
  open: (input: Uint8Array) => Uint8Array[]
  /** @param input what the parts are of */
  close: (parts: readonly Uint8Array[], input: Uint8Array) => Uint8Array
}
