// Room for tensors in the memory of the kernels. Blocks have sizes of powers of two, and a freed one is taken again by the next
// tensor of its size: the tensors of a step are those of the step before.

const PAGE_BYTES = 65_536
const LEAST_BYTES = 64

export class Heap {
  readonly #memory: WebAssembly.Memory
  /** Addresses of free blocks by their bytes. */
  readonly #free = new Map<number, number[]>()
  #end = LEAST_BYTES

  constructor(memory: WebAssembly.Memory) {
    this.#memory = memory
  }

  /**
   * The address of a block for so many numbers. Memory may move: views on it are to be made anew.
   *
   * @throws {RangeError} when there is no room for it
   */
  take(numbers: number): number {
    const bytes = blockBytes(numbers)
    const free = this.#free.get(bytes)?.pop()
    if (free !== undefined) return free
    const address = this.#end
    const missing = address + bytes - this.#memory.buffer.byteLength
    if (missing > 0) this.#memory.grow(Math.ceil(missing / PAGE_BYTES))
    this.#end += bytes
    return address
  }

  give(address: number, numbers: number): void {
    const bytes = blockBytes(numbers)
    const free = this.#free.get(bytes) ?? []
    free.push(address)
    this.#free.set(bytes, free)
  }

  view(address: number, numbers: number): Float32Array {
    return new Float32Array(this.#memory.buffer, address, numbers)
  }
}

function blockBytes(numbers: number): number {
  return Math.max(LEAST_BYTES, 2 ** Math.ceil(Math.log2(Math.max(1, numbers) * Float32Array.BYTES_PER_ELEMENT)))
}
