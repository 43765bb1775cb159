// The section of what comes before the first chunk of a long window, and after the last.

import {
  cutStates,
  finishStep,
  flattenLayers,
  flattenState,
  initialStates,
  joinShards,
  mapTensors,
  prefixed,
  sumShapes,
  timestepClip,
  totalsOf,
  under,
  unflattenLayers,
  unflattenState,
  updateScalars,
  type Tensors,
  type PassTotals,
} from '@unroll/bptt'
import type { Node } from './graph.ts'
import { byShard, HANDED, shardNetwork, stateShapesOf, taken } from './handed.ts'
import { CARRIED, EVALUATED, SCALARS, type Section } from './section.ts'
import type { SectionBuilder } from './section_builder.ts'
import { after, assignAll, copied, pack, unpack } from './variables.ts'

export function endsSection(builder: SectionBuilder): Section {
  const { graph, ops, network, program, shape, handles, shards } = builder
  const own = shardNetwork(builder)
  const prefix = shape.evaluates === true ? EVALUATED + CARRIED : CARRIED
  const read = builder.read(() => true)
  const held = unflattenState(network, read)
  const layers = Array.from({ length: network.layers }, (_, layer) => under(read, `${prefix}${layer}.`))
  const initial = shape.from === 'carried' ? layers : initialStates(ops, network, held.parameters)
  const cut = initial.map((states) => cutStates(ops, states, shards))
  const takes = Array.from({ length: shards }, () => ({
    states: taken(builder, stateShapesOf(own)),
    sums: taken(builder, sumShapes(own, timestepClip(program.clipping) !== undefined)),
  }))
  const carried = joinShards(
    ops,
    takes.map(({ states }) => unflattenLayers(network, states)),
  )
  const sums = takes.map((shard) => totalsOf(ops, own, shard.sums, shape.from))
  const moved = prefixed(flattenLayers(carried), prefix)
  const moving = assignAll(
    graph,
    handles,
    mapTensors(moved, (x) => copied(graph, x)),
    read,
  )
  return {
    ...updateOf(builder, read, sums, carried),
    moved: after(graph, moving, ops.reshape(ops.constant(0), [1])),
    takes: {
      ...byShard(
        HANDED.states,
        takes.map(({ states }) => states),
      ),
      ...byShard(
        HANDED.sums,
        takes.map((shard) => shard.sums),
      ),
    },
    gives: byShard(
      HANDED.states,
      Array.from({ length: shards }, (_, index) => flattenLayers(cut.map((parts) => parts[index]!))),
    ),
  }
}

/** The update after the last chunk. */
function updateOf(
  { graph, ops, network, program, shape, handles }: SectionBuilder,
  read: Tensors<Node>,
  sums: readonly PassTotals<Node>[],
  carried: readonly Tensors<Node>[],
): Pick<Section, 'scalars' | 'metrics' | 'report'> {
  const held = unflattenState(network, read)
  const names = Object.keys(updateScalars(program.optimizer, 0, 1))
  const scalars = graph.placeholder([names.length], 'float32')
  const values = unpack(graph, scalars)
  const { clipping, optimizer } = program
  const { state, report } = finishStep(
    ops,
    { network, clipping, optimizer, steps: shape.steps },
    held,
    sums,
    carried,
    Object.fromEntries(names.map((name, index) => [name, values[index]!])),
  )
  const { accuracy, parameterNorms } = report
  const observed = [...(accuracy === undefined ? [] : [accuracy]), ...Object.values(parameterNorms)]
  const numbers = pack(
    graph,
    SCALARS.map((name) => report[name]),
  )
  return {
    scalars,
    report: after(graph, assignAll(graph, handles, flattenState(state), read), numbers),
    metrics: {
      node: pack(graph, observed),
      accuracy: accuracy !== undefined,
      parameters: Object.keys(parameterNorms),
    },
  }
}
