// Functions of a training run as a TensorFlow graph: variables hold its state, and functions are compiled for the signatures of
// its batches. A run of the graph computes one function, and only its fetched outputs.

import {
  mapTensors,
  createNetwork,
  stateShapes,
  type Network,
  type Program,
  type Shapes,
  type Tensors,
} from '@unroll/bptt'
import { Graph, type Node, type Operation } from './graph/graph.ts'
import { CARRIED, EVALUATED, FunctionBuilder, type GraphPlan } from './functions/builder.ts'
import { buildFunction, type CompiledFunction, type Signature } from './functions/functions.ts'
import type { Target } from './graph/placement.ts'
import { assignAll, assignNothing, copied, noNumbers, readAll, variables } from './graph/variables.ts'

export interface CompiledProgram {
  readonly graph: Graph
  /** Placeholders of all variables' first values, by name; `initialized` takes them over. */
  readonly initial: Tensors<Node>
  readonly initialized: Node
  /** Placeholder of no numbers; `emptied` has each variable hold them in place of its own, which takes no memory. */
  readonly nothing: Node
  readonly emptied: Node
  /** What the variables hold. */
  readonly held: Tensors<Node>
  /** In the order of their signatures. */
  readonly functions: readonly CompiledFunction[]
}

/** Shapes of all that a run keeps in TensorFlow: the training state, and the state that evaluation carries. */
export function variableShapes(network: Network, program: Program): Shapes {
  const shapes = stateShapes(network, program)
  const carried = Object.entries(shapes).filter(([name]) => name.startsWith(CARRIED))
  return { ...shapes, ...Object.fromEntries(carried.map(([name, shape]) => [EVALUATED + name, shape])) }
}

/** The operations of a graph that a session hands to TensorFlow once it needs functions of the given signatures: to look at, not to run. */
export function listOperations(
  program: Program,
  signatures: readonly Signature[],
  { target, shards = 1, gpus = 1 }: { readonly target: Target; readonly shards?: number; readonly gpus?: number },
): readonly Operation[] {
  const { microBatches = 1 } = program
  return compileProgram({ network: createNetwork(program), program, microBatches, shards, gpus, target }, signatures)
    .graph.operations
}

/** Builds the graph of a run that needs functions of the given signatures. */
export function compileProgram(plan: GraphPlan, signatures: readonly Signature[]): CompiledProgram {
  const { network, program, target } = plan
  const graph = new Graph(target)
  const handles = variables(graph, variableShapes(network, program))
  const initial = Object.fromEntries(
    Object.entries(handles).map(([name, { shape }]) => [name, graph.placeholder(shape, 'float32')]),
  )
  const nothing = noNumbers(graph)
  const one = graph.constant({ dtype: 'float32', shape: [], values: [1] })
  return {
    graph,
    initial,
    initialized: graph.after(
      assignAll(
        graph,
        handles,
        mapTensors(initial, (given) => copied(graph, given)),
        {},
      ),
      one,
    ),
    nothing,
    emptied: graph.after(assignNothing(graph, handles, nothing), one),
    held: readAll(graph, handles),
    functions: signatures.map((signature) => buildFunction(new FunctionBuilder(graph, handles, plan), signature)),
  }
}
