/** Bytes that a record batch or a row group may unpack to: all of them are in memory at once. */
const MOST_BYTES = 2 ** 30

/** Room for what is unpacked. Sizes are taken as they are declared, before anything is allocated. */
export class UnpackedRoom {
  readonly #most: number
  #taken = 0
  #takenOfAll = 0

  /** @param most bytes that all batches or groups of an upload unpack to @default Infinity */
  constructor(most: number = Infinity) {
    this.#most = most
  }

  /** @throws {Error} where there is no room for so many bytes more */
  take(bytes: number): void {
    this.#taken += bytes
    this.#takenOfAll += bytes
    if (!(bytes >= 0) || this.#taken > MOST_BYTES)
      throw new Error(`${bytes} bytes are to be unpacked, and at most ${MOST_BYTES} may be at once`)
    if (this.#takenOfAll > this.#most) throw new Error(`it unpacks to more than ${this.#most} bytes`)
  }

  /** Begins the next batch or group. */
  clear(): void {
    this.#taken = 0
  }
}
