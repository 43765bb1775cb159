import type { Ops } from '@unroll/bptt'
import type { Node } from '../graph/graph.ts'

/** Vectors one behind the other, as each tensor that a run fetches costs it as much as a small operation. */
export class JoinedVector<Name extends string> {
  readonly node: Node
  readonly #lengths: readonly (readonly [name: Name, length: number])[]

  /** @param vectors Each of one axis; those that are undefined are left out. */
  constructor(ops: Pick<Ops<Node>, 'concat'>, vectors: Readonly<Partial<Record<Name, Node | undefined>>>) {
    const given = (Object.entries(vectors) as [Name, Node | undefined][]).filter(([, vector]) => vector !== undefined)
    this.node = ops.concat(
      given.map(([, vector]) => vector!),
      0,
    )
    this.#lengths = given.map(([name, vector]) => [name, vector!.shape[0]!])
  }

  /** Views of the numbers of each vector, by name. */
  cut(numbers: Float32Array): Readonly<Partial<Record<Name, Float32Array>>> {
    const views: Partial<Record<Name, Float32Array>> = {}
    let start = 0
    for (const [name, length] of this.#lengths) {
      views[name] = numbers.subarray(start, start + length)
      start += length
    }
    return views
  }
}
