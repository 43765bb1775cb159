// Reverse-mode differentiation of what is written against `Ops`: a tape records what a computation does, and goes back through it.
// The passes of training have their gradients by hand; the tape is for functions of them, such as the exponents of a gradient's way
// back. Letters: d the gradient of what is differentiated with respect to a value, y what an operation makes.

import type { Ops } from '../ops/ops.ts'

/** A value of a computation that is differentiated; a constant has no tape. */
export interface Taped<X> {
  readonly x: X
  readonly tape: Tape<X> | undefined
}

/** What one step of a scan adds to the gradient of a value from outside the scan, to be summed over all rows of all steps. */
export type Share<X> =
  /** d of every row, [R,C]. */
  | { readonly rows: X }
  /** Factors of a product leftᵀ right, [R,·] each. */
  | { readonly left: X; readonly right: X }

/** A value that does not change. */
export function constant<X>(x: X): Taped<X> {
  return { x, tape: undefined }
}

/** What was computed of variables, in its order. */
export class Tape<X> {
  readonly ops: Ops<X>
  /** Whether it is of one step of a scan, in which rows are not summed: gradients of vectors keep a row for each row of the step. */
  readonly isStep: boolean
  readonly #records: (() => void)[] = []
  readonly #gradients = new Map<Taped<X>, X>()
  readonly #outside = new Map<Taped<X>, { readonly own: Taped<X>; readonly shares: Share<X>[] }>()
  #place = (body: () => void): void => body()

  constructor(ops: Ops<X>, { isStep }: { readonly isStep: boolean }) {
    this.ops = ops
    this.isStep = isStep
  }

  variable(x: X): Taped<X> {
    return { x, tape: this }
  }

  /** Whether a gradient with respect to a value is wanted. */
  wants({ tape }: Taped<X>): boolean {
    return tape !== undefined
  }

  /** Has `back` run on the way back if there is a gradient of any of what was made. */
  record(made: readonly Taped<X>[], back: () => void): void {
    const place = this.#place
    this.#records.push(() => {
      if (made.some((each) => this.#gradients.has(each))) place(back)
    })
  }

  /** Adds to the gradient of a value; a constant has none. */
  add(to: Taped<X>, d: X): void {
    if (to.tape === undefined) return
    if (to.tape !== this) this.share(to, { rows: d })
    else {
      const before = this.#gradients.get(to)
      this.#gradients.set(to, before === undefined ? d : this.ops.add(before, d))
    }
  }

  /** Adds to the gradient of a value from outside the step. */
  share(to: Taped<X>, share: Share<X>): void {
    const entry = this.#outside.get(to) ?? { own: to, shares: [] }
    this.#outside.set(to, entry)
    entry.shares.push(share)
  }

  gradient(of: Taped<X>): X | undefined {
    return this.#gradients.get(of)
  }

  /** What values from outside the step have of its gradient. */
  get shares(): readonly (readonly [of: Taped<X>, share: Share<X>])[] {
    return [...this.#outside.values()].flatMap(({ own, shares }) => shares.map((share) => [own, share] as const))
  }

  /** Goes back through all that was recorded. */
  back(): void {
    for (const record of this.#records.toReversed()) record()
  }

  /** Runs `body`, of which each record is gone back through where `place` puts it. */
  placed<Result>(place: (body: () => void) => void, body: () => Result): Result {
    const before = this.#place
    this.#place = place
    try {
      return body()
    } finally {
      this.#place = before
    }
  }
}
