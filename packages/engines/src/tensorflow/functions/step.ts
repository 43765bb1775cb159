// The function of a training step on a whole window.

import { trainStep, unflattenState, type StepReport, type Window } from '@unroll/bptt'
import type { LoadedGraph } from '../graph/runtime.ts'
import { isTrained, type BatchSignature, type FunctionBatch, type FunctionBuilder, type GivenBatch } from './builder.ts'
import { FlowVector } from './flow_vector.ts'
import { OptimizerScalars, Update, type UpdateOptions } from './update.ts'

export interface StepSignature extends BatchSignature, Window {
  readonly kind: 'step'
  /** Whether the flow is reported. The backward pass computes it, so a graph without it is another graph. */
  readonly flow: boolean
}

export class StepFunction {
  readonly #batch: FunctionBatch
  readonly #scalars: OptimizerScalars
  readonly #update: Update

  constructor(builder: FunctionBuilder, signature: StepSignature) {
    const { ops, network, program, shards } = builder
    const { clipping, optimizer } = program
    this.#batch = builder.batch({ ...signature, dropsUnits: true })
    this.#scalars = new OptimizerScalars(builder)
    const read = builder.read(isTrained)
    const plan = { network, clipping, optimizer, flow: signature.flow, shards }
    const state = unflattenState(network, read)
    const window = { ...signature, batch: this.#batch.batch, scalars: this.#scalars.values }
    const step = trainStep(ops, plan, state, window)
    const { flow } = step.report
    this.#update = new Update(builder, read, step, flow && new FlowVector(builder, flow, signature.steps))
  }

  run(graph: LoadedGraph, given: GivenBatch, options: UpdateOptions): StepReport {
    const feeds = [...this.#batch.feed(given), this.#scalars.feed(options.scalars)]
    return this.#update.run(graph, feeds, options)
  }
}
