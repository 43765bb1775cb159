import type { Ops } from '@unroll/bptt'
import type { Graph, Node } from '../graph/graph.ts'
import { matrixShape } from '../../shape.ts'
import { reshape } from './movement.ts'
import { binaryNode, cast } from './pointwise.ts'

/** @param kernels Whether our own kernel may be used for the sum of rows. */
export function products(graph: Graph, kernels: boolean): Pick<Ops<Node>, 'matMul' | 'sum' | 'sumRows' | 'rowMeans'> {
  return {
    matMul: (a, b, { transposeA = false, transposeB = false } = {}) => {
      const [rows, inner] = turned(a, transposeA)
      const [otherInner, columns] = turned(b, transposeB)
      if (inner !== otherInner) {
        throw new TypeError(
          `Cannot multiply matrices as the inner sizes must match: current values are ${inner} and ${otherInner}`,
        )
      }
      const shape = [rows, columns]
      const attributes = { transpose_a: { bool: transposeA } }
      return graph.node(
        'MatMul',
        [a, transposeB ? turnedCopy(graph, b) : b],
        { shape, dtype: a.dtype },
        { T: { type: a.dtype }, ...attributes },
      )
    },
    sum: (x) => sumOver(graph, x, allAxes(x)),
    sumRows: (x) => (kernels ? sumRows(graph, x) : sumOver(graph, x, [0])),
    rowMeans: (x) => {
      const [rows, columns] = matrixShape(x.shape)
      const sums = sumOver(graph, cast(graph, x, 'float64'), [1])
      const count = graph.constant({ dtype: 'float64', shape: [], values: [columns] })
      return reshape(graph, cast(graph, binaryNode(graph, 'RealDiv', sums, count), 'float32'), [rows, 1])
    },
  }
}

/** TensorFlow's product with a bias, which is added while the sums are at hand. */
export function affine(graph: Graph): NonNullable<Ops<Node>['affine']> {
  return (x, W, b) =>
    graph.node(
      '_FusedMatMul',
      [x, W, b],
      { shape: [x.shape[0]!, W.shape[1]!], dtype: x.dtype },
      { T: { type: x.dtype }, num_args: { int: 1 }, fused_ops: { texts: ['BiasAdd'] } },
    )
}

/** A weight is turned once for all the products by it: to pack it anew for each, column by column, took 40 % of a step. */
function turnedCopy(graph: Graph, b: Node): Node {
  return graph.once(`${b.name} turned`, () => {
    const [rows, columns] = matrixShape(b.shape)
    const output = { shape: [columns, rows], dtype: b.dtype }
    return graph.node('Transpose', [b, graph.integers(1, 0)], output, { T: { type: b.dtype } })
  })
}

function sumRows(graph: Graph, x: Node): Node {
  const [, columns] = matrixShape(x.shape)
  return graph.node('UnrollSumRows', [x], { shape: [columns], dtype: 'float32' }, { columns: { int: columns } })
}

function turned({ shape }: Node, transposed: boolean): readonly [number, number] {
  const [rows, columns] = matrixShape(shape)
  return transposed ? [columns, rows] : [rows, columns]
}

export function allAxes({ shape }: Node): readonly number[] {
  return shape.map((_, axis) => axis)
}

/** The sum along some axes, which vanish. */
export function sumOver(graph: Graph, x: Node, axes: readonly number[]): Node {
  const shape = x.shape.filter((_, axis) => !axes.includes(axis))
  if (axes.length === 0) return x
  return graph.node('Sum', [x, graph.integers(...axes)], { shape, dtype: x.dtype }, { T: { type: x.dtype } })
}
