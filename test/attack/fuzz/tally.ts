// What passes between the thread that fuzzes and whoever started it.

export interface Commission {
  target: string
  /** Inputs to be tried. */
  inputs: number
  seed: number
  /** Inputs of before, tried first as they are. */
  kept: readonly Uint8Array[]
  /** Where the input that is tried stands: the count of inputs, its length, its bytes. */
  desk: SharedArrayBuffer
}

export interface Faulty {
  fault: string
  input: Uint8Array
}

export interface Tally {
  inputs: number
  parsed: number
  refused: number
  /** Inputs that ran what none before had, seeds not counted. */
  found: Uint8Array[]
  /** Characters of code that ran. */
  covered: number
  /** Milliseconds of processor time. */
  slowest: number
  /** Bytes that the heap and buffers grew by from a tenth of the inputs to the end, without the corpus. */
  grown: number
  faults: Faulty[]
}

export const DESK_WORDS = 2
