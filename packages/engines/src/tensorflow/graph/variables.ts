import type { Shapes, Tensors } from '@unroll/bptt'
import type { Graph, Node } from './graph.ts'

/** Tensors that live in TensorFlow from run to run, by name. */
export type Variables = Tensors<Node>

/** Handles of variables, one of each shape. */
export function variables(graph: Graph, shapes: Shapes): Variables {
  return Object.fromEntries(
    Object.entries(shapes).map(([name, shape]) => [
      name,
      graph.node(
        'VarHandleOp',
        [],
        { shape, dtype: 'resource' },
        { dtype: { type: 'float32' }, shape: { shape }, shared_name: { text: name } },
      ),
    ]),
  )
}

/** What the variables hold before any assignment of the same run. */
export function readAll(graph: Graph, handles: Variables): Tensors<Node> {
  return Object.fromEntries(
    Object.entries(handles).map(([name, handle]) => [
      name,
      graph.node('ReadVariableOp', [handle], { shape: handle.shape, dtype: 'float32' }, { dtype: { type: 'float32' } }),
    ]),
  )
}

/** Assigns `next` to the variables of the same names once `read` has been read; gives the assignments. */
export function assignAll(graph: Graph, handles: Variables, next: Tensors<Node>, read: Tensors<Node>): Node[] {
  return Object.entries(next)
    .filter(([name, value]) => read[name] !== value)
    .map(([name, value]) => {
      const handle = handles[name]!
      if (handle.shape.join() !== value.shape.join()) {
        throw new TypeError(
          `Cannot assign to "${name}" as its shape must be [${handle.shape}]: current value is [${value.shape}]`,
        )
      }
      const before = read[name] === undefined ? [] : [read[name]]
      return graph.effect('AssignVariableOp', [handle, value], { dtype: { type: 'float32' } }, before)
    })
}

/** A placeholder of no numbers, whose shape TensorFlow is not told: so it fits every variable. */
export function noNumbers(graph: Graph): Node {
  return graph.node('Placeholder', [], { shape: [0], dtype: 'float32' }, { dtype: { type: 'float32' } })
}

/** Assigns no numbers to each variable, which must be assigned to before it is read again; gives the assignments. */
export function assignNothing(graph: Graph, handles: Variables, nothing: Node): Node[] {
  const value = copied(graph, nothing)
  return Object.values(handles).map((handle) =>
    graph.effect('AssignVariableOp', [handle, value], { dtype: { type: 'float32' } }),
  )
}

/**
 * A copy in memory of TensorFlow's own. What a run is given lies in JavaScript's memory, which no thread of TensorFlow
 * may be the last to let go of, as it would be when a variable that held it is assigned to.
 */
export function copied(graph: Graph, x: Node): Node {
  return graph.node('DeepCopy', [x], x, { T: { type: x.dtype } })
}

/** Scalars as one vector. */
export function pack(graph: Graph, scalars: readonly Node[]): Node {
  return graph.node(
    'Pack',
    scalars,
    { shape: [scalars.length], dtype: 'float32' },
    { T: { type: 'float32' }, N: { int: scalars.length } },
  )
}

/** The scalars of a vector. */
export function unpack(graph: Graph, vector: Node): Node[] {
  const [count] = vector.shape
  const outputs = Array.from({ length: count! }, () => ({ shape: [], dtype: vector.dtype }))
  return graph.add('Unpack', [vector], outputs, { T: { type: vector.dtype }, num: { int: count! } })
}
