// A loop in a graph, of the operations that TensorFlow's executor has for it (Enter, Merge, Switch, NextIteration, Exit):
// for each variable a ring of them, which all turn while LoopCond holds. The graph is as large for one turn as for thousands.

import type { Graph, Node } from '../graph/graph.ts'
import { binaryNode } from './pointwise.ts'

/** What one turn of a loop hands to the next. */
export interface Variable {
  /** What it is in this turn. */
  readonly value: Node
  /** Says what it is in the next turn. */
  becomes(next: Node): void
  /** What it is after the last turn; to be asked for outside the loop. */
  last(): Node
}

export interface Turn {
  /** 0-based, int32, scalar. */
  readonly index: Node
  /** A variable that has the given value in the first turn. */
  variable(first: Node): Variable
}

/**
 * Writes a loop of as many turns. `body` is written once; what it makes of tensors from outside alone is computed once.
 * Errors: TypeError within another loop.
 */
export function repeat<Result>(graph: Graph, turns: number, body: (turn: Turn) => Result): Result {
  return graph.loop(() => {
    const count = merged(graph, graph.integer(0))
    const condition = graph.node(
      'LoopCond',
      [graph.node('Less', [count, graph.integer(turns)], { shape: [], dtype: 'bool' }, { T: { type: 'int32' } })],
      { shape: [], dtype: 'bool' },
    )
    const counter = switched(graph, count, condition)
    counter.becomes(binaryNode(graph, 'AddV2', counter.value, graph.integer(1)))
    return body({
      index: counter.value,
      variable: (first) => switched(graph, merged(graph, first), condition),
    })
  })
}

/** Where the first value and those of later turns come together. */
function merged(graph: Graph, first: Node): Node {
  const outputs = [first, { shape: [], dtype: 'int32' } as const]
  return graph.add('Merge', [graph.enter(first)], outputs, { T: { type: first.dtype }, N: { int: 2 } })[0]!
}

/** Where a variable goes on into a turn, or out of the loop. */
function switched(graph: Graph, merge: Node, condition: Node): Variable {
  const type = { T: { type: merge.dtype } } as const
  const [out, value] = graph.add('Switch', [merge, condition], [merge, merge], type)
  return {
    value: value!,
    becomes: (next) => {
      const inner = graph.entered(next)
      // What comes from outside is there in every turn: without the condition it would begin turns without an end.
      const gated = inner === next ? inner : graph.add('Switch', [inner, condition], [merge, merge], type)[1]!
      graph.addInput(merge, graph.node('NextIteration', [gated], merge, type))
    },
    last: () => graph.node('Exit', [out!], merge, type),
  }
}
