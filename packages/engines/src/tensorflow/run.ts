import {
  mapTensors,
  stateShapes,
  type Batch,
  type ExplainedBatch,
  type ExplainedRows,
  type GradientReport,
  type HostTensor,
  type InspectedStep,
  type PredictedRows,
  type RowBatch,
  type SpectrumGradients,
  type StepOptions,
  type StepReport,
  type TruncationBias,
  type Window,
} from '@unroll/bptt'
import { CHUNK_ROWS_OF, shardCount } from '@unroll/contract'
import type { Binding } from '@unroll/libtensorflow'
import type { EngineRun, Flossing, RunStart } from '../session/session.ts'
import { GraphChunkedWindow } from './chunked_window.ts'
import { FunctionCache } from './function_cache.ts'
import type { GraphPlan } from './functions/builder.ts'
import { explainSignature } from './functions/explain.ts'
import { predictSignature } from './functions/predict.ts'
import type { Target } from './graph/placement.ts'
import { GraphWholeWindow, buildUpdateOptions } from './whole_window.ts'

export interface TensorflowOptions {
  /** The most equal parts a batch is cut into where the program does not say: how many cores there are. */
  readonly shards: number
  readonly target: Target
  /** Whether TensorFlow must compute every operation where its graph asks for; else what a device cannot do is done by the CPU. */
  readonly strict: boolean
  /** Whether devices of the CPU stand in for the GPUs, as many as there would be: what several compute together is then tried without any. */
  readonly standIn: boolean
  /** Steps in the body of a loop over time, as a GPU's graph has; as many as suit a GPU unless given. */
  readonly stepsInTurn?: number | undefined
}

/** A run as compiled functions of one graph. */
export class GraphRun implements EngineRun {
  readonly chunking: EngineRun['chunking']
  readonly whole: GraphWholeWindow
  readonly chunked: GraphChunkedWindow
  readonly #functions: FunctionCache
  readonly #plan: GraphPlan

  /** Errors: RangeError where GPUs would have unequal numbers of shards. */
  constructor(binding: Binding, options: TensorflowOptions, { program, network, tensors }: RunStart) {
    const { gpus = 1, microBatches = 1 } = program
    const rows = program.batchSize / microBatches
    const shards = shardCount(rows, program.shards ?? options.shards)
    if (shards % gpus !== 0) {
      throw new RangeError(
        `Cannot spread ${shards} shards over the GPUs as each must have as many: current value is ${gpus}`,
      )
    }
    const { target, strict, standIn, stepsInTurn } = options
    // What a GPU that TensorFlow does not take should compute must not end up on another in silence.
    const placing = { strict: strict || (gpus > 1 && binding.isUsingGpuDevice()), standIns: standIn ? gpus : 0 }
    this.#plan = { network, program, microBatches, shards, gpus, target, stepsInTurn }
    this.#functions = new FunctionCache(binding, { plan: this.#plan, placing }, tensors)
    this.chunking = { rows: rows / shards, chunkRows: CHUNK_ROWS_OF[target] }
    const windows = { functions: this.#functions, plan: this.#plan, chunking: this.chunking }
    this.whole = new GraphWholeWindow(windows)
    this.chunked = new GraphChunkedWindow(windows)
  }

  /** Tensors held in variables. */
  get live(): number {
    return this.#functions.live
  }

  applyGradients(
    given: Pick<GradientReport, 'loss' | 'gradients'>,
    options: Pick<StepOptions, 'learningRate'>,
    updates: number,
  ): StepReport {
    const apply = this.#functions.get({ kind: 'apply' })
    const update = buildUpdateOptions(this.#plan, { ...options, metrics: true }, updates)
    return apply.run(this.#functions.graph, given, update)
  }

  predict(rows: RowBatch): PredictedRows {
    return this.#functions.get(predictSignature(rows, this.#plan.target)).run(this.#functions.graph, rows)
  }

  explain(rows: ExplainedBatch): ExplainedRows {
    return this.#functions.get(explainSignature(rows)).run(this.#functions.graph, rows)
  }

  truncationBias(
    batch: Batch,
    truncation: { readonly k1: number; readonly k2: number },
    from: Window['from'],
  ): TruncationBias {
    return this.whole.truncationBias(batch, truncation, from)
  }

  place(states: NonNullable<Batch['states']>, of: 'training' | 'evaluation'): void {
    this.#functions.get({ kind: 'place', of }).run(this.#functions.graph, states)
  }

  inspect(batch: Batch, window: Window, updates: number): InspectedStep {
    return this.whole.inspect(batch, window, updates)
  }

  itemise(batch: Batch, window: Window, most: number, updates: number): readonly Float32Array[] {
    return this.whole.itemise(batch, window, most, updates)
  }

  stretch(batch: Batch, window: Window, most: number, updates: number): readonly Float32Array[] {
    return this.whole.stretch(batch, window, most, updates)
  }

  differentiateSpectrum(batch: Batch, window: Window, flossing: Flossing, updates: number): SpectrumGradients {
    return this.whole.differentiateSpectrum(batch, window, flossing, updates)
  }

  tensors(): Readonly<Record<string, HostTensor>> {
    const shapes = stateShapes(this.#plan.network, this.#plan.program)
    const read = this.#functions.read(Object.keys(shapes))
    return mapTensors(shapes, (shape, name) => ({ shape, data: read[name]! }))
  }

  restore(tensors: Readonly<Record<string, HostTensor>>): void {
    this.#functions.restore(tensors)
  }

  dispose(): void {
    this.#functions.dispose()
  }
}
