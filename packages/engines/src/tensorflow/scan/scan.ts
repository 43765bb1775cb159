// A recurrence as one node of the graph.

import type { Recurrence, Scanned } from '@unroll/bptt'
import { mapTensors, joinRows, type Ops, type Tensors } from '@unroll/bptt'
import type { Graph, Node } from '../graph/graph.ts'
import { reshape } from '../ops/movement.ts'
import { scanProgram } from './program.ts'
import { Trace } from './trace.ts'
import { toMatrix } from './value.ts'

/** One pass over the elements of all inputs: a scan of a single step. */
export function fusedNode(
  graph: Graph,
  ops: Ops<Node>,
  inputs: Tensors<Node>,
  body: (ops: Ops<Node>, inputs: Tensors<Node>) => Tensors<Node>,
): Tensors<Node> {
  const { kept } = scanNode(graph, ops, {
    steps: 1,
    carry: {},
    given: mapTensors(inputs, (rows) => ({ rows })),
    step: (inner, _, given) => ({ carry: {}, kept: body(inner, given) }),
  })
  const [first] = Object.values(inputs)
  return mapTensors(kept, (series) => reshape(graph, joinRows(ops, series), first!.shape))
}

/** Traces one step and adds the operation that takes all of them. `ops` are those of the graph. */
export function scanNode(
  graph: Graph,
  ops: Ops<Node>,
  { steps: T, backwards = false, carry, given, step }: Recurrence<Node>,
): Scanned<Node> {
  const trace = new Trace()
  const series = mapTensors(given, (each) => joinRows(ops, each))
  const made = step(
    trace.ops,
    mapTensors(carry, ({ shape }, name) => trace.node(shape, { kind: 'carry', name, ...toMatrix(shape) })),
    mapTensors(series, ({ shape }, name) => {
      const own = shape.with(0, shape[0]! / T)
      return trace.node(own, { kind: 'given', name, ...toMatrix(own) })
    }),
  )
  const toValues = (nodes: Readonly<Record<string, Node>>) => mapTensors(nodes, (node) => trace.value(node))
  const program = scanProgram({
    values: trace.values,
    carry,
    given: series,
    next: toValues(made.carry),
    kept: toValues(made.kept),
  })
  const keptShapes = program.outputs.map(({ rows, columns }) => [T * rows, columns])
  const carryShapes = Object.values(carry).map(({ shape }) => Object.values(toMatrix(shape)))
  const outputs = graph.add(
    'UnrollScan',
    program.inputs,
    [...keptShapes, ...carryShapes].map((shape) => ({ shape, dtype: 'float32' })),
    {
      N: { int: program.inputs.length },
      M: { int: keptShapes.length + carryShapes.length },
      program: { ints: program.numbers },
      constants: { floats: program.constants },
      steps: { int: T },
      backwards: { int: Number(backwards) },
    },
  )
  const after = outputs.slice(keptShapes.length)
  return {
    carry: Object.fromEntries(
      Object.entries(carry).map(([name, { shape }], index) => [name, reshape(graph, after[index]!, shape)]),
    ),
    kept: mapTensors(program.kept, (index) => ({ rows: outputs[index]! })),
  }
}
