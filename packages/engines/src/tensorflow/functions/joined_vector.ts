import type { Node } from '../graph/graph.ts'
import { concat, reshape } from '../ops/movement.ts'
import { pack } from '../graph/variables.ts'
import { elements } from '../../shape.ts'
import type { FunctionBuilder } from './builder.ts'

/** Tensors by the name of their part of a vector; a part that is undefined is left out. */
type Parts<Name extends string> = Readonly<Partial<Record<Name, readonly Node[] | undefined>>>

/** The numbers of tensors one behind the other: each tensor that a run fetches costs it as much as a small operation. */
export class JoinedVector<Name extends string> {
  readonly node: Node
  /** Where each part that is not left out starts. */
  readonly starts: Readonly<Partial<Record<Name, number>>>

  /** @param effects What has happened when the vector is there. */
  constructor({ graph }: Pick<FunctionBuilder, 'graph'>, parts: Parts<Name>, effects: readonly Node[] = []) {
    const given = (Object.entries(parts) as [Name, readonly Node[] | undefined][]).flatMap(([name, tensors]) =>
      tensors === undefined ? [] : [{ name, tensors, counts: tensors.map(({ shape }) => elements(shape)) }],
    )
    const tensors = given.flatMap((part) => part.tensors)
    const counts = given.flatMap((part) => part.counts)
    const output = { shape: [sum(counts)], dtype: 'float32' } as const
    if (graph.target === 'cpu') {
      const attributes = { N: { int: tensors.length }, counts: { ints: counts } }
      this.node = graph.nodeAfter('UnrollJoin', tensors, output, { attributes, after: effects })
    } else {
      const vectors = given.flatMap((part) =>
        part.tensors.every(({ shape }) => shape.length === 0)
          ? [pack(graph, part.tensors)]
          : part.tensors.map((tensor, index) => reshape(graph, tensor, [part.counts[index]!])),
      )
      this.node = graph.after(effects, concat(graph, vectors, 0))
    }
    const starts: Partial<Record<Name, number>> = {}
    let start = 0
    for (const part of given) {
      starts[part.name] = start
      start += sum(part.counts)
    }
    this.starts = starts
  }
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0)
}
