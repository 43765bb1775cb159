// The function of loss and gradients of a whole window, and that of the update which follows.

import {
  differentiate,
  finishStep,
  mapTensors,
  parameterShapes,
  pickTrained,
  unflattenState,
  type GradientReport,
  type StepReport,
  type Tensors,
  type Window,
} from '@unroll/bptt'
import type { Node } from '../graph/graph.ts'
import type { Feed, LoadedGraph } from '../graph/runtime.ts'
import { isTrained, type BatchSignature, type FunctionBatch, type FunctionBuilder, type GivenBatch } from './builder.ts'
import { GradientOutputs } from './gradients.ts'
import { FlowVector } from './flow_vector.ts'
import { JoinedVector } from './joined_vector.ts'
import { OptimizerScalars, Update, type UpdateOptions } from './update.ts'

export interface DifferentiateSignature extends BatchSignature, Window {
  readonly kind: 'differentiate'
  /** Whether the flow is reported. */
  readonly flow: boolean
}

export class DifferentiateFunction {
  readonly #batch: FunctionBatch
  readonly #outputs: GradientOutputs
  readonly #flow: { readonly vector: FlowVector; readonly node: Node } | undefined

  constructor(builder: FunctionBuilder, signature: DifferentiateSignature) {
    const { ops, network, program, shards } = builder
    const { steps, flow } = signature
    this.#batch = builder.batch({ ...signature, dropsUnits: true })
    const read = builder.read(isTrained)
    const plan = { network, clipping: program.clipping, flow, shards }
    const window = { ...signature, batch: this.#batch.batch }
    const found = differentiate(ops, plan, unflattenState(network, read), window)
    this.#outputs = new GradientOutputs(builder, read, found)
    const vector = found.flow && new FlowVector(builder, found.flow, steps)
    this.#flow = vector && { vector, node: new JoinedVector(builder, { flow: vector.nodes }).node }
  }

  run(graph: LoadedGraph, given: GivenBatch): GradientReport {
    const outputs: Readonly<Record<string, Node>> = this.#flow
      ? { ...this.#outputs.fetches, flow: this.#flow.node }
      : this.#outputs.fetches
    const results: Readonly<Record<string, Float32Array>> = graph.read(this.#batch.feed(given), outputs)
    const flow = this.#flow?.vector.read(results['flow']!, 0)
    return { ...this.#outputs.readReport(results), ...(flow && { flow }) }
  }
}

export interface ApplySignature {
  readonly kind: 'apply'
}

export class ApplyFunction {
  readonly #loss: Node
  readonly #gradients: Tensors<Node>
  readonly #scalars: OptimizerScalars
  readonly #update: Update

  constructor(builder: FunctionBuilder) {
    const { graph, ops, network, program } = builder
    const { clipping, optimizer } = program
    const read = builder.read(isTrained)
    const state = unflattenState(network, read)
    const shapes = pickTrained(network, parameterShapes(network))
    this.#loss = graph.placeholder([], 'float32')
    this.#gradients = mapTensors(shapes, (shape) => graph.placeholder(shape, 'float32'))
    this.#scalars = new OptimizerScalars(builder)
    const passes = [{ loss: this.#loss, gradients: this.#gradients }]
    const finished = { passes, carried: state.carried, scalars: this.#scalars.values }
    const step = finishStep(ops, { network, clipping, optimizer, steps: 1 }, state, finished)
    this.#update = new Update(builder, read, step)
  }

  run(
    graph: LoadedGraph,
    { loss, gradients }: Pick<GradientReport, 'loss' | 'gradients'>,
    options: UpdateOptions,
  ): StepReport {
    const given = Object.entries(this.#gradients).map(([name, node]): Feed => [node, gradients[name]!.data])
    const feeds = [[this.#loss, [loss]] as const, ...given, this.#scalars.feed(options.scalars)]
    return this.#update.run(graph, feeds, options)
  }
}
