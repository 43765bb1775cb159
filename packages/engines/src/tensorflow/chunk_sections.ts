// Sections for windows of many chunks: `chunk` goes through one chunk, forward and back; `ends` is what comes before the
// first chunk and after the last. What they hand to each other are tensors of TensorFlow's own, by name. A run computes
// only what is fetched of a section.

import {
  answerOf,
  chunkBack,
  cutStates,
  finishStep,
  flattenLayers,
  flattenState,
  initialStates,
  joinFlow,
  joinShards,
  keptOf,
  mapTensors,
  prefixed,
  runsOf,
  saturation,
  shardBatches,
  spectralRadii,
  sumShapes,
  timestepClip,
  totalsOf,
  under,
  unflattenLayers,
  unflattenState,
  unroll,
  unrollStates,
  updateScalars,
  type ChunkBack,
  type Network,
  type StepBatch,
  type Tensors,
} from '@unroll/bptt'
import type { Node } from './graph.ts'
import { CARRIED, EVALUATED, SCALARS, type Section } from './section.ts'
import type { SectionBuilder } from './section_builder.ts'
import { after, assignAll, copied, pack, unpack } from './variables.ts'

/** What a chunk hands over, by the first part of the names; the shard follows: `states.0.0.h`. */
export const HANDED = {
  /** Before the chunk as it is taken, after it as it is given, forward alone. */
  states: 'states.',
  /** After it, where everything is kept. */
  keptStates: 'keptStates.',
  kept: 'kept.',
  sums: 'sums.',
  flow: 'flow.',
  answer: 'answer.',
  saturation: 'saturation.',
  radii: 'radii.',
} as const

function shardNetwork({ network, shards }: SectionBuilder): Network {
  return { ...network, batchSize: network.batchSize / shards }
}

/** Placeholders of tensors by name. */
function taken({ graph }: SectionBuilder, shapes: Readonly<Record<string, readonly number[]>>): Tensors<Node> {
  return mapTensors(shapes, (shape) => graph.placeholder(shape, 'float32'))
}

function stateShapesOf({ cell, layers, batchSize: N, hiddenSize: H }: Network): Record<string, readonly number[]> {
  const states = Object.fromEntries(cell.states.map((state) => [state, [N, H]]))
  return flattenLayers(Array.from({ length: layers }, () => states)) as Record<string, readonly number[]>
}

/** Tensors of each shard as one record: `kept.0.`, then their own names. */
function byShard<X>(what: string, shards: readonly Tensors<X>[]): Tensors<X> {
  return Object.assign({}, ...shards.map((tensors, index) => prefixed(tensors, `${what}${index}.`))) as Tensors<X>
}

export function chunkSection(builder: SectionBuilder): Section {
  const { graph, ops, network, shape, batch, shards, given } = builder
  const { parameters } = unflattenState(
    network,
    builder.read((name) => !name.startsWith(EVALUATED)),
  )
  const divisor = graph.placeholder([], 'float32')
  const parts = shardBatches(ops, batch, shape.lossSteps, shards)
  const made = parts.map((part) => shardOfChunk(builder, parameters, { ...part, divisor }))
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
  readonly saturation: Tensors<Node>
}

function shardOfChunk(builder: SectionBuilder, parameters: Tensors<Node>, batch: StepBatch<Node>): ShardOfChunk {
  const { ops, program, shape } = builder
  const network = shardNetwork(builder)
  const answered = shape.lossSteps > 0
  const clipTimestep = shape.observed !== undefined ? undefined : timestepClip(program.clipping)
  const states = taken(builder, stateShapesOf(network))
  const before = unflattenLayers(network, states)
  const pass = unroll(ops, network, parameters, batch.inputs, before, batch)
  const kept = keptOf(ops, pass.runs)
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
  const answer = answered ? answerOf(ops, network, parameters, pass, { ...batch, lossSteps: shape.steps }) : undefined
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
    saturation: shape.observed?.saturation === true ? saturation(ops, network, pass.runs) : {},
  }
}

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
  const names = Object.keys(updateScalars(program.optimizer, 0, 1))
  const scalars = graph.placeholder([names.length], 'float32')
  const values = unpack(graph, scalars)
  const { clipping, optimizer } = program
  const { state, report } = finishStep(
    ops,
    { network, clipping, optimizer, steps: shape.steps },
    held,
    takes.map(({ sums }) => totalsOf(ops, own, sums, shape.from)),
    carried,
    Object.fromEntries(names.map((name, index) => [name, values[index]!])),
  )
  const { accuracy, parameterNorms } = report
  const observed = [...(accuracy === undefined ? [] : [accuracy]), ...Object.values(parameterNorms)]
  const moved = prefixed(flattenLayers(carried), prefix)
  const numbers = pack(
    graph,
    SCALARS.map((name) => report[name]),
  )
  return {
    scalars,
    report: after(graph, assignAll(graph, handles, flattenState(state), read), numbers),
    moved: after(
      graph,
      assignAll(
        graph,
        handles,
        mapTensors(moved, (x) => copied(graph, x)),
        read,
      ),
      ops.reshape(ops.constant(0), [1]),
    ),
    metrics: {
      node: pack(graph, observed),
      accuracy: accuracy !== undefined,
      parameters: Object.keys(parameterNorms),
    },
    takes: {
      ...byShard(
        HANDED.states,
        takes.map(({ states }) => states),
      ),
      ...byShard(
        HANDED.sums,
        takes.map(({ sums }) => sums),
      ),
    },
    gives: byShard(
      HANDED.states,
      Array.from({ length: shards }, (_, index) => flattenLayers(cut.map((parts) => parts[index]!))),
    ),
  }
}
