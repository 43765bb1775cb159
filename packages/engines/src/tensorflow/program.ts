// A run as one TensorFlow graph: variables that hold its state, and for each shape of batch a section that computes a
// step, a forward pass, an evaluation or a look at the network. A run of the graph computes one section, and of it only what is fetched.

import { mapTensors, networkOf, stateShapes, type Network, type Program, type Tensors } from '@unroll/bptt'
import { Graph, type Node, type Operation } from './graph.ts'
import { CARRIED, EVALUATED, type Run, type Section, type SectionShape } from './section.ts'
import { SectionBuilder } from './section_builder.ts'
import { SECTIONS } from './sections.ts'
import type { Target } from './placement.ts'
import { after, assignAll, copied, readAll, variables, type Shapes } from './variables.ts'

export interface CompiledProgram {
  readonly graph: Graph
  /** Placeholders of all variables' first values, by name; `initialized` takes them over. */
  readonly initial: Tensors<Node>
  readonly initialized: Node
  /** What the variables hold. */
  readonly held: Tensors<Node>
  /** In the order of the shapes given. */
  readonly sections: readonly Section[]
}

/** Shapes of all that a run keeps in TensorFlow: the training state, and the state that evaluation carries. */
export function variableShapes(network: Network, program: Program): Shapes {
  const shapes = stateShapes(network, program)
  const carried = Object.entries(shapes).filter(([name]) => name.startsWith(CARRIED))
  return { ...shapes, ...Object.fromEntries(carried.map(([name, shape]) => [EVALUATED + name, shape])) }
}

/** The operations of a graph that a session hands to TensorFlow once it has met batches of the given shapes: to look at, not to run. */
export function operationsOf(
  program: Program,
  shapes: readonly SectionShape[],
  { target, shards = 1, gpus = 1 }: { readonly target: Target; readonly shards?: number; readonly gpus?: number },
): readonly Operation[] {
  return compileProgram({ network: networkOf(program), program, shards, gpus, target }, shapes).graph.operations
}

/** Builds the graph of a run that meets batches of the given shapes. */
export function compileProgram(run: Run, shapes: readonly SectionShape[]): CompiledProgram {
  const { network, program } = run
  const graph = new Graph(run.target)
  const handles = variables(graph, variableShapes(network, program))
  const initial = Object.fromEntries(
    Object.entries(handles).map(([name, { shape }]) => [name, graph.placeholder(shape, 'float32')]),
  )
  const one = graph.constant({ dtype: 'float32', shape: [], values: [1] })
  return {
    graph,
    initial,
    initialized: after(
      graph,
      assignAll(
        graph,
        handles,
        mapTensors(initial, (given) => copied(graph, given)),
        {},
      ),
      one,
    ),
    held: readAll(graph, handles),
    sections: shapes.map((shape) => SECTIONS[shape.kind](new SectionBuilder(graph, handles, run, shape))),
  }
}
