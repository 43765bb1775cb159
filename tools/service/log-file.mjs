import { closeSync, fstatSync, openSync, renameSync, writeSync } from 'node:fs'

const LIMIT_BYTES = 16 * 2 ** 20

/** A log of bounded size: what is full becomes `<path>.1`, in place of the one before. */
export class LogFile {
  #path
  #limit
  /** @type {number | undefined} undefined once closed */ #file
  #bytes

  /**
   * @param {string} path
   * @param {number} [limit] bytes of a file
   */
  constructor(path, limit = LIMIT_BYTES) {
    this.#path = path
    this.#limit = limit
    this.#file = openSync(path, 'a')
    this.#bytes = fstatSync(this.#file).size
  }

  /** @param {string} line without its end; lost when the disk takes no more, as that must stop nothing */
  write(line) {
    if (this.#file === undefined) return
    try {
      if (this.#bytes >= this.#limit) this.#turn()
      this.#bytes += writeSync(this.#file, `${line}\n`)
    } catch {
      // The disk is full: the process that speaks goes on
    }
  }

  close() {
    if (this.#file !== undefined) closeSync(this.#file)
    this.#file = undefined
  }

  #turn() {
    renameSync(this.#path, `${this.#path}.1`)
    this.close()
    this.#file = openSync(this.#path, 'a')
    this.#bytes = 0
  }
}
