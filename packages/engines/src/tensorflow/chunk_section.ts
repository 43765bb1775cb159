// The section of one chunk of a long window, forward and back. A run computes only what is fetched of it.

import {
  computeReadout,
  chunkBack,
  flattenLayers,
  joinFlow,
  keptOf,
  mapTensors,
  ofEachShard,
  prefixed,
  runsOf,
  saturation,
  shardBatches,
  spectralRadii,
  sumShapes,
  timestepClip,
  unflattenLayers,
  unflattenState,
  unroll,
  unrollStates,
  unweighted,
  type ChunkBack,
  type StepBatch,
  type Tensors,
} from '@unroll/bptt'
import type { Node } from './graph.ts'
import { byShard, HANDED, shardNetwork, stateShapesOf, taken } from './handed.ts'
import { EVALUATED, type Section } from './section.ts'
import type { SectionBuilder } from './section_builder.ts'
import { copied } from './variables.ts'

export function chunkSection(builder: SectionBuilder): Section {
  const { graph, ops, network, shape, batch, shards, given } = builder
  const { parameters } = unflattenState(
    network,
    builder.read((name) => !name.startsWith(EVALUATED)),
  )
  const divisor = graph.placeholder([], 'float32')
  const parts = shardBatches(ops, batch, shape.lossSteps, shards)
  const made = ofEachShard(ops, parts, (part) => shardOfChunk(builder, parameters, { ...part, divisor }))
  const of = (each: (shard: ShardOfChunk) => Tensors<Node>): Tensors<Node>[] => made.map(each)
  const flow = made[0]!.back.flow.map((_, layer) =>
    joinFlow(
      ops,
      made.map(({ back }) => mapTensors(back.flow[layer]!, (rows) => ({ rows }))),
    ),
  )
  const gives = {
    ...byShard(
      HANDED.states,
      of(({ after: states }) => states),
    ),
    ...byShard(
      HANDED.keptStates,
      of(({ keptAfter }) => keptAfter),
    ),
    ...byShard(
      HANDED.kept,
      of(({ kept }) => kept),
    ),
    ...byShard(
      HANDED.sums,
      of(({ back }) => back.sums),
    ),
    ...byShard(
      HANDED.answer,
      of(({ answer }) => answer),
    ),
    ...byShard(
      HANDED.outputs,
      of(({ outputs }) => outputs ?? {}),
    ),
    ...byShard(
      HANDED.saturation,
      of((shard) => shard.saturation),
    ),
    ...prefixed(flattenLayers(flow), HANDED.flow),
    ...(shape.observed?.saturation === true && prefixed(spectralRadii(ops, network, parameters), HANDED.radii)),
  }
  return { ...given, divisor, report: ops.reshape(ops.constant(0), [1]), takes: takenBy(made), gives }
}

function takenBy(made: readonly ShardOfChunk[]): Tensors<Node> {
  return {
    ...byShard(
      HANDED.states,
      made.map(({ takes }) => takes.states),
    ),
    ...byShard(
      HANDED.kept,
      made.map(({ takes }) => takes.kept),
    ),
    ...byShard(
      HANDED.sums,
      made.map(({ takes }) => takes.sums),
    ),
  }
}

interface ShardOfChunk {
  readonly takes: { readonly states: Tensors<Node>; readonly kept: Tensors<Node>; readonly sums: Tensors<Node> }
  readonly after: Tensors<Node>
  readonly keptAfter: Tensors<Node>
  readonly kept: Tensors<Node>
  readonly back: ChunkBack<Node>
  readonly answer: Tensors<Node>
  /** Of the read-out, where the chunk is answered. */
  readonly outputs: Tensors<Node> | undefined
  readonly saturation: Tensors<Node>
}

function shardOfChunk(builder: SectionBuilder, parameters: Tensors<Node>, batch: StepBatch<Node>): ShardOfChunk {
  const { graph, ops, program, shape } = builder
  const network = shardNetwork(builder)
  const answered = shape.lossSteps > 0
  const clipTimestep = shape.observed !== undefined ? undefined : timestepClip(program.clipping)
  const states = taken(builder, stateShapesOf(network))
  const before = unflattenLayers(network, states)
  const pass = unroll(ops, network, parameters, batch.inputs, before, batch)
  // Of a single step, the states before and after it may be what is kept: TensorFlow refuses to fetch what it is fed, and a
  // tensor that is handed on twice would be let go of twice.
  const around = [states, ...pass.after].flatMap((tensors) => Object.values(tensors))
  const kept = mapTensors(keptOf(ops, pass.runs), (x) => (around.includes(x) ? copied(graph, x) : x))
  const takes = {
    states,
    kept: taken(
      builder,
      mapTensors(kept, (x) => x.shape),
    ),
    sums: taken(builder, sumShapes(network, clipTimestep !== undefined)),
  }
  const runs = runsOf(ops, network, parameters, batch, takes.kept)
  const options = { answered, flow: shape.flow === true, clipTimestep }
  const answer = answered
    ? computeReadout(ops, unweighted(network), parameters, pass, { ...batch, lossSteps: shape.steps })
    : undefined
  return {
    takes,
    after: flattenLayers(unrollStates(ops, network, parameters, batch.inputs, before, batch)),
    keptAfter: flattenLayers(pass.after),
    kept,
    back: chunkBack(ops, network, parameters, batch, runs, takes.sums, options),
    answer: {
      ...(answer && { loss: answer.loss }),
      ...(answer?.accuracy !== undefined && { accuracy: answer.accuracy }),
    },
    outputs: answer && { all: answer.outputs },
    saturation: shape.observed?.saturation === true ? saturation(ops, network, pass.runs) : {},
  }
}
