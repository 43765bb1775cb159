// The function of the two ends of a long window: the states before its first chunk, and the update after its last.

import {
  closeSums,
  cutStates,
  finishGradients,
  finishStep,
  flattenLayers,
  initialStates,
  joinShards,
  mapTensors,
  prefixed,
  sumShapes,
  timestepClip,
  computeTotals,
  under,
  unflattenLayers,
  unflattenState,
  type GradientReport,
  type StepReport,
  type Window,
  type WindowGradients,
} from '@unroll/bptt'
import type { Graph, Node } from '../graph/graph.ts'
import type { Feed, LoadedGraph, TensorId } from '../graph/runtime.ts'
import { assignAll, copied } from '../graph/variables.ts'
import { CARRIED, EVALUATED, type FunctionBuilder } from './builder.ts'
import {
  addPlaceholders,
  feedSharded,
  fetchSharded,
  freeSharded,
  listStateShapes,
  shardNetwork,
  type Sharded,
} from './sharded.ts'
import { GradientOutputs } from './gradients.ts'
import { OptimizerScalars, Update, type UpdateOptions } from './update.ts'

export interface EndsSignature extends Pick<Window, 'from'> {
  readonly kind: 'ends'
  /** T of the window. */
  readonly steps: number
  /** Whether the window belongs to an evaluation, which carries its own states. */
  readonly evaluates: boolean
  /** Whether the window ends with its gradients and not with an update; not so unless given. */
  readonly differentiates?: boolean
}

export class EndsFunction {
  /** The states before the first chunk, of the shards of each micro-batch. */
  readonly #initial: Sharded<Node>
  /** Placeholders of the states that are kept, and of the sums of all chunks. */
  readonly #states: Sharded<Node>
  readonly #sums: Sharded<Node>
  /** What changes in the sums before the next micro-batch. */
  readonly #closed: Sharded<Node>
  readonly #scalars: OptimizerScalars
  readonly #end: Update | GradientOutputs
  /** Fetching it keeps the states. */
  readonly #moved: Node

  constructor(builder: FunctionBuilder, { steps, from, evaluates, differentiates = false }: EndsSignature) {
    const { graph, ops, network, program, variables, microBatches, shards } = builder
    const parts = microBatches * shards
    const { clipping, optimizer } = program
    const own = shardNetwork(builder.ofMicroBatch())
    const prefix = evaluates ? EVALUATED + CARRIED : CARRIED
    const read = builder.read(() => true)
    const state = unflattenState(network, read)
    const layers = network.layers.map((_, layer) => under(read, `${prefix}${layer}.`))
    const parameters = evaluates ? { ...state.parameters, ...state.averages } : state.parameters
    const initial = from === 'carried' ? layers : initialStates(ops, network, parameters)
    const cut = initial.map((states) => cutStates(ops, states, parts))
    this.#initial = Array.from({ length: parts }, (_, part) => flattenLayers(cut.map((states) => states[part]!)))
    const shapes = sumShapes(own, timestepClip(clipping) !== undefined)
    this.#states = this.#initial.map(() => addPlaceholders(builder, listStateShapes(own)))
    this.#sums = Array.from({ length: shards }, () => addPlaceholders(builder, shapes))
    this.#closed = this.#sums.map((sums) => closeSums(ops, own, sums, from))
    const carried = joinShards(
      ops,
      this.#states.map((states) => unflattenLayers(network, states)),
    )
    const totals = this.#sums.map((sums) => computeTotals(ops, own, sums, from))
    const moved = mapTensors(prefixed(flattenLayers(carried), prefix), (x) => copied(graph, x))
    this.#moved = graph.after(assignAll(graph, variables, moved, read), ops.reshape(ops.constant(0), [1]))
    this.#scalars = new OptimizerScalars(builder)
    const plan = { network, clipping, optimizer, steps: microBatches * steps }
    const passes = { passes: totals, carried, scalars: this.#scalars.values }
    this.#end = differentiates
      ? new GradientOutputs(builder, read, copyGradients(graph, finishGradients(ops, plan, passes)))
      : new Update(builder, read, finishStep(ops, plan, state, passes))
  }

  /** Computes the states before the first chunk. */
  initial(graph: LoadedGraph): Sharded<TensorId> {
    return fetchSharded(graph, [], { initial: this.#initial }).initial
  }

  /** Makes of the sums of a micro-batch those that the next adds to, and frees what it replaces. */
  close(graph: LoadedGraph, sums: Sharded<TensorId>): Sharded<TensorId> {
    const into = this.#closed.map((changed, shard) => mapTensors(changed, (_, name) => this.#sums[shard]![name]!))
    const { closed } = fetchSharded(graph, feedSharded(into, sums), { closed: this.#closed })
    freeSharded(
      graph,
      into.map((changed, shard) => mapTensors(changed, (_, name) => sums[shard]![name]!)),
    )
    return sums.map((own, shard) => ({ ...own, ...closed[shard] }))
  }

  /** Updates after the last chunk; the next window starts from the `carried` states. */
  update(
    graph: LoadedGraph,
    { sums, carried }: { readonly sums: Sharded<TensorId>; readonly carried: Sharded<TensorId> },
    options: UpdateOptions,
  ): StepReport {
    if (!(this.#end instanceof Update)) throw new TypeError('Cannot update at the end of a window of gradients alone')
    const feeds = [this.#scalars.feed(options.scalars), ...this.#feedPasses({ sums, carried })]
    return this.#end.run(graph, feeds, options)
  }

  /** Reads the gradients after the last chunk; the next window starts from the `carried` states. */
  differentiate(
    graph: LoadedGraph,
    passed: { readonly sums: Sharded<TensorId>; readonly carried: Sharded<TensorId> },
  ): GradientReport {
    if (this.#end instanceof Update) throw new TypeError('Cannot give gradients at the end of a window that updates')
    return this.#end.readReport(graph.read(this.#feedPasses(passed), this.#end.fetches))
  }

  #feedPasses({
    sums,
    carried,
  }: {
    readonly sums: Sharded<TensorId>
    readonly carried: Sharded<TensorId>
  }): readonly Feed[] {
    return [...feedSharded(this.#states, carried), ...feedSharded(this.#sums, sums)]
  }

  /** Keeps the states that the next window starts from. */
  move(graph: LoadedGraph, states: Sharded<TensorId>): void {
    graph.perform(feedSharded(this.#states, states), this.#moved)
  }
}

/** A run cannot fetch what it is fed, as the sums of a single shard would be. */
function copyGradients(graph: Graph, window: WindowGradients<Node>): WindowGradients<Node> {
  return { ...window, gradients: mapTensors(window.gradients, (x) => copied(graph, x)) }
}
