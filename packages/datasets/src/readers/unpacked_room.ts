/** Bytes that a record batch or a row group may unpack to: all of them are in memory at once. */
const MOST_BYTES = 2 ** 30

/** Room for what is unpacked at once. Sizes are taken as they are declared, before anything is allocated. */
export class UnpackedRoom {
  #taken = 0

  /** @throws {Error} where there is no room for so many bytes more */
  take(bytes: number): void {
    this.#taken += bytes
    if (!(bytes >= 0) || this.#taken > MOST_BYTES)
      throw new Error(`${bytes} bytes are to be unpacked, and at most ${MOST_BYTES} may be at once`)
  }

  /** Begins the next batch or group. */
  clear(): void {
    this.#taken = 0
  }
}
