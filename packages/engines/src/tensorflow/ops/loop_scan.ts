// A recurrence of TensorFlow's own operations: a loop whose body is a few steps, so that the graph of a long window is no
// larger than that of a short one.

import {
  between,
  mapTensors,
  joinRows,
  takeSteps,
  type Ops,
  type Recurrence,
  type Scanned,
  type Series,
} from '@unroll/bptt'
import type { Graph, Node } from '../graph/graph.ts'
import { reshape } from './movement.ts'
import { binaryNode } from './pointwise.ts'
import { repeat, type Turn } from './while.ts'

/** Steps in the body of a loop unless given: a turn costs TensorFlow's executor about as much as a step, whatever it computes. */
const STEPS_IN_TURN = 4

/**
 * Takes all steps: those that fill no turn first, one after another, then the others in a loop. `ops` are those of the graph.
 * @param stepsInTurn Steps in the body of the loop.
 */
export function loopScan(
  graph: Graph,
  ops: Ops<Node>,
  recurrence: Recurrence<Node>,
  stepsInTurn: number = STEPS_IN_TURN,
): Scanned<Node> {
  const { steps: T, backwards = false, given } = recurrence
  if (T <= stepsInTurn) return takeSteps(ops, recurrence)
  const rest = T % stepsInTurn
  const part = (start: number, end: number): Pick<Recurrence<Node>, 'steps' | 'given'> => ({
    steps: end - start,
    given: mapTensors(given, (series) => between(ops, series, T, { start, end })),
  })
  const [first, others] = backwards ? [part(T - rest, T), part(0, T - rest)] : [part(0, rest), part(rest, T)]
  if (rest === 0) return inTurns(graph, ops, { ...recurrence, ...others }, stepsInTurn)
  const begun = takeSteps(ops, { ...recurrence, ...first })
  const { carry, kept } = inTurns(graph, ops, { ...recurrence, ...others, carry: begun.carry }, stepsInTurn)
  const joined = (series: Series<Node>, name: string): Series<Node> => {
    const both = [joinRows(ops, begun.kept[name]!), joinRows(ops, series)]
    return { rows: ops.concat(backwards ? both.toReversed() : both, 0) }
  }
  return { carry, kept: mapTensors(kept, joined) }
}

/** Takes steps that fill turns. */
function inTurns(
  graph: Graph,
  ops: Ops<Node>,
  { steps: T, backwards = false, carry, given, step }: Recurrence<Node>,
  stepsInTurn: number,
): Scanned<Node> {
  const turns = T / stepsInTurn
  const series = mapTensors(given, (each) => joinRows(ops, each))
  const { states, kept } = repeat(graph, turns, (turn) => {
    const block = backwards ? binaryNode(graph, 'Sub', graph.integer(turns - 1), turn.index) : turn.index
    const before = mapTensors(carry, (first) => turn.variable(first))
    const made = takeSteps(ops, {
      steps: stepsInTurn,
      backwards,
      carry: mapTensors(before, ({ value }) => value),
      given: mapTensors(series, (rows) => ({ rows: rowsOfBlock(graph, rows, turns, block) })),
      step,
    })
    for (const [name, variable] of Object.entries(before)) variable.becomes(made.carry[name]!)
    const blocks = mapTensors(made.kept, (each) =>
      stacked(graph, turn, joinRows(ops, each), { count: turns, index: block }),
    )
    return { states: before, kept: blocks }
  })
  return {
    carry: mapTensors(states, (variable) => variable.last()),
    kept: mapTensors(kept, (whole) => ({ rows: whole() })),
  }
}

/** The rows of one block, of as many equal ones. */
function rowsOfBlock(graph: Graph, x: Node, blocks: number, block: Node): Node {
  const [rows = 0, ...inner] = x.shape
  const shape = [rows / blocks, ...inner]
  const first = binaryNode(graph, 'Mul', block, graph.integer(rows / blocks))
  const begin = graph.node(
    'Pack',
    [first, ...inner.map(() => graph.integer(0))],
    { shape: [x.shape.length], dtype: 'int32' },
    { T: { type: 'int32' }, N: { int: x.shape.length } },
  )
  const types = { T: { type: x.dtype }, Index: { type: 'int32' } } as const
  return graph.node('Slice', [x, begin, graph.integers(...shape)], { shape, dtype: x.dtype }, types)
}

/** Keeps the block that a turn makes. Gives the rows of all, to be asked for outside the loop. */
function stacked(
  graph: Graph,
  turn: Turn,
  rows: Node,
  { count: blocks, index: block }: { readonly count: number; readonly index: Node },
): () => Node {
  const [height = 0, ...inner] = rows.shape
  const type = { type: rows.dtype } as const
  const element = { element_shape: { shape: rows.shape }, dtype: type }
  const [array, empty] = graph.add(
    'TensorArrayV3',
    [graph.integer(blocks)],
    [
      { shape: [2], dtype: 'resource' },
      { shape: [], dtype: 'float32' },
    ],
    { ...element, identical_element_shapes: { bool: true } },
  )
  const written = turn.variable(empty!)
  written.becomes(graph.node('TensorArrayWriteV3', [array!, block, rows, written.value], empty!, { T: type }))
  return () => {
    const all = graph.node(
      'Range',
      [graph.integer(0), graph.integer(blocks), graph.integer(1)],
      { shape: [blocks], dtype: 'int32' },
      { Tidx: { type: 'int32' } },
    )
    const whole = { shape: [blocks, ...rows.shape], dtype: rows.dtype }
    const gathered = graph.node('TensorArrayGatherV3', [array!, all, written.last()], whole, element)
    return reshape(graph, gathered, [blocks * height, ...inner])
  }
}
