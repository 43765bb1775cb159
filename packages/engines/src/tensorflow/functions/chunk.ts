// The function of one chunk of a long window, forward and backward. A run computes only the fetched outputs.

import {
  evaluateReadout,
  chunkBack,
  chunkProbe,
  flattenLayers,
  joinFlow,
  joinProbedShards,
  flattenRuns,
  mapTensors,
  ofEachShard,
  unflattenRuns,
  saturation,
  shardBatches,
  spectralRadii,
  probedShapes,
  sumShapes,
  timestepClip,
  unflattenLayers,
  unflattenState,
  unroll,
  unrollOutputs,
  unrollStates,
  type ChunkBack,
  type Compensation,
  type Observed,
  type StepBatch,
  type Tensors,
} from '@unroll/bptt'
import type { ChunkNumbers } from '../../session/window_chunks.ts'
import type { LayerNorms } from '../../session/flow.ts'
import type { Node } from '../graph/graph.ts'
import type { Feed, LoadedGraph, TensorId } from '../graph/runtime.ts'
import { copied } from '../graph/variables.ts'
import { isTrained, type BatchSignature, type FunctionBatch, type FunctionBuilder, type GivenBatch } from './builder.ts'
import {
  feedSharded,
  fetchSharded,
  listStateShapes,
  addPlaceholders,
  shardNetwork,
  takeSharded,
  type Sharded,
} from './sharded.ts'

export interface ChunkSignature extends BatchSignature {
  readonly kind: 'chunk'
  /** How many of its newest steps have a loss. */
  readonly answered: number
  readonly flow: boolean
  /** What a pass observes; such a pass clips nothing. */
  readonly observed?: Observed | undefined
  readonly compensation?: Compensation | undefined
  /** Whether dropout and zoneout apply: in every pass but that of an evaluation, which reads the average of the weights where one is kept. */
  readonly dropsUnits: boolean
}

/** States of all layers, values kept for the backward pass, or sums, of each shard. */
type Handed = Sharded<TensorId>

/** The chunk that a run reads. */
export interface GivenChunk extends GivenBatch {
  /** How many targets the loss of the window is averaged over. */
  readonly divisor: number
}

export class ChunkFunction {
  readonly #batch: FunctionBatch
  readonly #divisor: Node
  readonly #shards: readonly ShardOfChunk[]
  /** Norms of each layer over all shards, or what a probe finds of it. */
  readonly #flow: readonly Tensors<Node>[]
  readonly #radii: Tensors<Node>

  constructor(whole: FunctionBuilder, signature: ChunkSignature) {
    const builder = whole.ofMicroBatch()
    const { graph, ops, network, shards } = builder
    const lossSteps = signature.answered
    this.#batch = builder.batch({ ...signature, lossSteps })
    const { parameters: trained, averages } = unflattenState(network, builder.read(isTrained))
    const parameters = signature.dropsUnits ? trained : { ...trained, ...averages }
    this.#divisor = graph.placeholder([], 'float32')
    const parts = shardBatches(ops, this.#batch.batch, lossSteps, shards)
    const divisor = this.#divisor
    this.#shards = ofEachShard(ops, parts, (part) =>
      buildShard(builder, signature, { parameters, batch: { ...part, divisor } }),
    )
    this.#flow = this.#shards[0]!.back.flow.map((_, layer) => {
      const own = this.#shards.map(({ back }) => back.flow[layer]!)
      if (signature.observed?.probe === true) return joinProbedShards(ops, own)
      return joinFlow(
        ops,
        own.map((norms) => mapTensors(norms, (rows) => ({ rows }))),
      )
    })
    this.#radii = signature.observed?.saturation === true ? spectralRadii(ops, network, parameters) : {}
  }

  /** Computes the states after the chunk and keeps nothing for a backward pass. */
  forward(graph: LoadedGraph, given: GivenChunk, before: Handed): Handed {
    return fetchSharded(graph, this.#feedForward(given, before), { after: this.#each(({ after }) => after) }).after
  }

  /** Computes the states after the chunk and the values that the backward pass needs. */
  keep(graph: LoadedGraph, given: GivenChunk, before: Handed): { readonly after: Handed; readonly kept: Handed } {
    return fetchSharded(graph, this.#feedForward(given, before), {
      after: this.#each(({ keptAfter }) => keptAfter),
      kept: this.#each(({ kept }) => kept),
    })
  }

  /** Goes backward from the sums of the newer chunks. */
  back(
    graph: LoadedGraph,
    given: GivenChunk,
    { kept, sums }: { readonly kept: Handed; readonly sums: Handed },
  ): { readonly sums: Handed; readonly flow: readonly LayerNorms[] } {
    const feeds = [
      ...this.#feed(given),
      ...feedSharded(
        this.#each(({ takes }) => takes.kept),
        kept,
      ),
      ...feedSharded(
        this.#each(({ takes }) => takes.sums),
        sums,
      ),
    ]
    const results = fetchSharded(graph, feeds, { sums: this.#each(({ back }) => back.sums), flow: this.#flow })
    return { sums: results.sums, flow: takeSharded(graph, results.flow) }
  }

  /** Reads loss, accuracy and, if they are wanted, outputs; none where the chunk has no targets. */
  evaluate(
    graph: LoadedGraph,
    given: GivenChunk,
    { before, wantsOutputs }: { readonly before: Handed; readonly wantsOutputs: boolean },
  ): ChunkNumbers<Handed> {
    const outputs = this.#each((shard) => (wantsOutputs ? shard.outputs : {}))
    const { answers, ...numbers } = this.#readForward(graph, this.#feedForward(given, before), {
      numbers: this.#each(({ answer }) => answer),
      outputs,
    })
    const all = answers.flatMap(({ all: ofShard }) => ofShard ?? [])
    return { ...numbers, ...(all.length > 0 && { outputs: all }) }
  }

  /** Reads saturation, a mean over the steps of the chunk. */
  saturation(graph: LoadedGraph, given: GivenChunk, before: Handed): ChunkNumbers<Handed> {
    const numbers = this.#each((shard) => shard.saturation)
    return this.#readForward(graph, this.#feedForward(given, before), { numbers, outputs: [] })
  }

  /** Reads the spectral radii by the names of their series. */
  radii(graph: LoadedGraph): Readonly<Record<string, number>> {
    if (Object.keys(this.#radii).length === 0) return {} // a cell without recurrent weights; TensorFlow refuses to run for nothing
    return mapTensors(graph.read([], this.#radii), ([radius]) => radius!)
  }

  #readForward(
    graph: LoadedGraph,
    feeds: readonly Feed[],
    wanted: { readonly numbers: Sharded<Node>; readonly outputs: Sharded<Node> },
  ): ChunkNumbers<Handed> & { readonly answers: Sharded<Float32Array> } {
    const after = this.#each(({ keptAfter }) => keptAfter)
    const fetched = fetchSharded(graph, feeds, { after, ...wanted })
    const shards = takeSharded(graph, fetched.numbers).map((named) => mapTensors(named, ([value]) => value!))
    return { after: fetched.after, shards, answers: takeSharded(graph, fetched.outputs) }
  }

  #feedForward(given: GivenChunk, before: Handed): readonly Feed[] {
    const states = this.#each(({ takes }) => takes.states)
    return [...this.#feed(given), ...feedSharded(states, before)]
  }

  #feed(given: GivenChunk): readonly Feed[] {
    return [...this.#batch.feed(given), [this.#divisor, [given.divisor]]]
  }

  #each(choose: (shard: ShardOfChunk) => Tensors<Node>): Sharded<Node> {
    return this.#shards.map(choose)
  }
}

interface ShardOfChunk {
  readonly takes: { readonly states: Tensors<Node>; readonly kept: Tensors<Node>; readonly sums: Tensors<Node> }
  /** The states after the chunk, where nothing else is kept. */
  readonly after: Tensors<Node>
  /** The same where everything is kept, or in an evaluation. */
  readonly keptAfter: Tensors<Node>
  readonly kept: Tensors<Node>
  readonly back: ChunkBack<Node>
  readonly answer: Tensors<Node>
  /** Of the read-out, where the chunk has targets. */
  readonly outputs: Tensors<Node>
  readonly saturation: Tensors<Node>
}

function buildShard(
  builder: FunctionBuilder,
  { answered, flow, observed, compensation, dropsUnits }: ChunkSignature,
  { parameters, batch }: { readonly parameters: Tensors<Node>; readonly batch: StepBatch<Node> },
): ShardOfChunk {
  const { graph, ops, program } = builder
  const network = shardNetwork(builder)
  const bound = { ops, network, parameters }
  const probes = observed?.probe === true
  const clipTimestep = observed !== undefined ? undefined : timestepClip(program.clipping)
  const states = addPlaceholders(builder, listStateShapes(network))
  const before = unflattenLayers(network, states)
  const pass = unroll(bound, batch.inputs, before, batch)
  // The values kept of a single step may be the states before and after it. TensorFlow refuses to fetch a tensor that it is
  // fed, and a tensor in two groups would be freed twice.
  const around = [states, ...pass.after].flatMap((tensors) => Object.values(tensors))
  const kept = mapTensors(flattenRuns(ops, pass.runs), (x) => (around.includes(x) ? copied(graph, x) : x))
  const takes = {
    states,
    kept: addPlaceholders(
      builder,
      mapTensors(kept, (x) => x.shape),
    ),
    sums: addPlaceholders(builder, probes ? probedShapes(network) : sumShapes(network, clipTimestep !== undefined)),
  }
  const backward = { batch, runs: unflattenRuns(bound, batch, takes.kept), sums: takes.sums, answered }
  // An evaluation reads what a prediction does: the outputs have the same bits.
  const evaluated = dropsUnits ? undefined : unrollOutputs(bound, batch.inputs, before, batch)
  const answer =
    evaluated && answered > 0 ? evaluateReadout(bound, evaluated, { ...batch, lossSteps: answered }) : undefined
  return {
    takes,
    after: flattenLayers(unrollStates(bound, batch.inputs, before, batch)),
    keptAfter: flattenLayers((evaluated ?? pass).after),
    kept,
    back: probes ? chunkProbe(bound, backward) : chunkBack(bound, backward, { flow, clipTimestep, compensation }),
    answer: {
      ...(answer && { loss: answer.loss }),
      ...(answer?.accuracy !== undefined && { accuracy: answer.accuracy }),
    },
    outputs: answer === undefined ? {} : { all: answer.outputs },
    saturation: observed?.saturation === true ? saturation(ops, network, pass.runs) : {},
  }
}
