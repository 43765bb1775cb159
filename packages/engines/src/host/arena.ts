/**
 * The ownership of tensors: a scope frees all of its tensors except its result, which passes to the scope around it, or
 * to the caller if there is none. Invariant: a tensor is in `#live` from own() until it is freed, and in at most one
 * list of `#scopes`.
 */
export class Arena<X extends object> {
  readonly #free: (x: X) => void
  readonly #live = new Set<object>()
  /** Tensors made in each open scope, the innermost last. */
  readonly #scopes: X[][] = []

  constructor(free: (x: X) => void) {
    this.#free = free
  }

  /** Tensors alive now. */
  get live(): number {
    return this.#live.size
  }

  /** Takes a new tensor into the innermost scope. */
  own(x: X): X {
    this.#live.add(x)
    this.#scopes.at(-1)?.push(x)
    return x
  }

  /** Frees a tensor that no scope holds. */
  release(x: X): void {
    if (this.#live.delete(x)) this.#free(x)
  }

  scope<Result>(body: () => Result): Result {
    const made: X[] = []
    this.#scopes.push(made)
    const kept = new Set<object>()
    try {
      const result = body()
      this.#collect(result, kept)
      return result
    } finally {
      this.#scopes.pop()
      const outer = this.#scopes.at(-1)
      for (const x of made) {
        if (kept.has(x)) outer?.push(x)
        else this.release(x)
      }
    }
  }

  #collect(value: unknown, found: Set<object>): void {
    if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return
    if (this.#live.has(value)) found.add(value)
    else for (const part of Object.values(value)) this.#collect(part, found)
  }
}
