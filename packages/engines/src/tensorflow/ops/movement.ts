import type { Ops, Parts } from '@unroll/bptt'
import type { Graph, Node, OutputSpec } from '../graph/graph.ts'
import { cast } from './pointwise.ts'
import { elements, matrixShape, axisSize } from '../../shape.ts'

type Movement = 'shape' | 'size' | 'constant' | 'zeros' | 'reshape' | 'concat' | 'split' | 'gather' | 'scatterAdd'

export function movement(graph: Graph): Pick<Ops<Node>, Movement> {
  const filled = (shape: readonly number[], value: number): Node =>
    graph.constant({ dtype: 'float32', shape, values: [value] })
  return {
    shape: (x) => x.shape,
    size: (x, axis) => axisSize(x.shape, axis),
    constant: (value) => filled([], value),
    zeros: (shape) => filled(shape, 0),
    reshape: (x, shape) => reshape(graph, x, shape),
    concat: (xs, axis) => concat(graph, xs, axis),
    split: <const Sizes extends readonly number[]>(x: Node, sizes: Sizes, axis: number) =>
      split(graph, x, sizes, axis) as Parts<Node, Sizes>,
    gather: (table, ids) => {
      const [, C] = matrixShape(table.shape)
      const shape = [...ids.shape, C]
      const types = { Tparams: { type: table.dtype }, Tindices: { type: 'int32' }, Taxis: { type: 'int32' } } as const
      return graph.node(
        'GatherV2',
        [table, cast(graph, ids, 'int32'), graph.integer(0)],
        { shape, dtype: table.dtype },
        types,
      )
    },
    scatterAdd: (ids, rows, V) => {
      const types = { T: { type: rows.dtype }, Tindices: { type: 'int32' } } as const
      const operands = [rows, wholeIds(graph, ids, rows), graph.integer(V)]
      return graph.node('UnsortedSegmentSum', operands, sumsById(rows, V), types)
    },
  }
}

/** The ids [R] of rows [R,C], int32. */
function wholeIds(graph: Graph, ids: Node, rows: Node): Node {
  const [R] = matrixShape(rows.shape)
  if (elements(ids.shape) !== R) {
    throw new TypeError(
      `Cannot add rows by id as there must be one id a row: current values are ${elements(ids.shape)} and ${R}`,
    )
  }
  return cast(graph, ids, 'int32')
}

function sumsById(rows: Node, V: number): OutputSpec {
  return { shape: [V, rows.shape[1]!], dtype: rows.dtype }
}

/**
 * Sums of rows by id as our own kernel makes them: what they are to be added to, they are added onto at once, so that the table
 * of many symbols is not cleared, written and read again for each shard.
 */
export function scatter(graph: Graph, { add }: Pick<Ops<Node>, 'add'>): Pick<Ops<Node>, 'scatterAdd' | 'add'> {
  const scattered = new WeakMap<Node, (onto: readonly Node[]) => Node>()
  return {
    scatterAdd: (ids, rows, V) => {
      const operands = [wholeIds(graph, ids, rows), rows]
      const output = sumsById(rows, V)
      const sizes = { columns: { int: output.shape[1]! }, symbols: { int: V } }
      const onto = (sums: readonly Node[]): Node =>
        graph.node('UnrollScatterAdd', [...operands, ...sums], output, { N: { int: sums.length }, ...sizes })
      const node = onto([])
      scattered.set(node, onto)
      return node
    },
    add: (a, b) => {
      const onto = a.shape.join() === b.shape.join() ? scattered.get(b) : undefined
      return onto?.([a]) ?? add(a, b)
    },
  }
}

/** A size that TensorFlow finds out: what the other sizes leave. */
const LEFT_OVER = -1

/** The first size is what the others leave, so that a graph whose leading axes are steps takes any number of them. */
export function reshape(graph: Graph, x: Node, shape: readonly number[]): Node {
  if (elements(x.shape) !== elements(shape)) {
    throw new TypeError(
      `Cannot reshape a tensor as the number of elements must stay: current values are [${x.shape}] and [${shape}]`,
    )
  }
  if (x.shape.join() === shape.join()) return x
  const sizes = shape.length > 0 && elements(shape) > 0 ? shape.with(0, LEFT_OVER) : shape
  return graph.node('Reshape', [x, graph.integers(...sizes)], { shape, dtype: x.dtype }, { T: { type: x.dtype } })
}

export function concat(graph: Graph, xs: readonly Node[], axis: number): Node {
  const [first] = xs
  if (first === undefined) throw new TypeError('Cannot join tensors as there must be at least one: current value is 0')
  if (xs.length === 1) return first
  for (const { shape } of xs) {
    if (shape.with(axis, 0).join() !== first.shape.with(axis, 0).join()) {
      throw new TypeError(
        `Cannot join tensors as they must differ along axis ${axis} alone: current values are [${first.shape}] and [${shape}]`,
      )
    }
  }
  const total = xs.reduce((sum, { shape }) => sum + shape[axis]!, 0)
  return graph.node(
    'ConcatV2',
    [...xs, graph.integer(axis)],
    { shape: first.shape.with(axis, total), dtype: first.dtype },
    { T: { type: first.dtype }, N: { int: xs.length } },
  )
}

function split(graph: Graph, x: Node, sizes: readonly number[], axis: number): Node[] {
  if (sizes.reduce((sum, size) => sum + size, 0) !== x.shape[axis]) {
    throw new TypeError(
      `Cannot split a tensor as the parts must add up to its size along axis ${axis}: current values are [${sizes}] and [${x.shape}]`,
    )
  }
  if (sizes.length === 1) return [x]
  const outputs = sizes.map((size) => ({ shape: x.shape.with(axis, size), dtype: x.dtype }))
  const common = { T: { type: x.dtype }, num_split: { int: sizes.length } } as const
  if (sizes.every((size) => size === sizes[0])) return graph.add('Split', [graph.integer(axis), x], outputs, common)
  const largest = sizes.indexOf(Math.max(...sizes)) // the steps that nothing reads, where steps are cut
  const cut = graph.integers(...sizes.with(largest, LEFT_OVER))
  return graph.add('SplitV', [x, cut, graph.integer(axis)], outputs, {
    ...common,
    Tlen: { type: 'int32' },
  })
}
