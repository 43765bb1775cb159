// The part of a session that all engines share.

import {
  initialState,
  isOneChunk,
  createNetwork,
  mapTensors,
  parameterShapes,
  pickTrained,
  placeMatrix,
  planSources,
  readSpectrum,
  shareSteps,
  splitState,
  stateShapes,
  under,
  type Batch,
  type EvaluateOptions,
  type Evaluation,
  type ExplainedBatch,
  type ExplainedRows,
  type GradientReport,
  type HostTensor,
  type InspectedStep,
  type Network,
  type ObserveOptions,
  type PredictedRows,
  type Program,
  type RowBatch,
  type Session,
  type SourceMatrix,
  type Spectrum,
  type SpectrumGradients,
  type StepOptions,
  type StepReport,
  type TrainingState,
  type TruncationBias,
  type Window,
  type WindowShape,
} from '@unroll/bptt'
import { checkBatch, checkDirections, checkRows, checkSources, checkState, checkTruncates } from './check.ts'
import { inReadingOrder } from './flow.ts'
import { isMasked, stepMask } from './step_mask.ts'

/** The start of a run. */
export interface RunStart {
  readonly program: Program
  readonly network: Network
  /** All tensors of the training state. */
  readonly tensors: Readonly<Record<string, HostTensor>>
  /** Updates applied before. */
  readonly updates: number
}

/** Starts a run from a state, or from the program's initial parameters. Errors: RangeError where the state does not fit. */
export function beginRun(program: Program, state: TrainingState | undefined): RunStart {
  const network = createNetwork(program)
  const { batchSize, microBatches = 1 } = program
  if (batchSize % microBatches !== 0) {
    throw new RangeError(
      `Cannot cut the batch as its ${batchSize} rows must divide into equal micro-batches: current value is ${microBatches}`,
    )
  }
  const given = state?.tensors ?? initialState(network, program)
  const shapes = stateShapes(network, program)
  checkState(shapes, given)
  const tensors = mapTensors(shapes, (_, name) => given[name]!) // a checkpoint may hold others, such as an average
  return { program, network, tensors, updates: state?.updates ?? 0 }
}

/** Computes the windows of a run. The batches fit the network; `updates` counts the updates applied before. */
export interface WindowRunner {
  step(batch: Batch, window: Window, options: StepOptions, updates: number): StepReport
  differentiate(batch: Batch, window: Window, options: ObserveOptions, updates: number): GradientReport
  forward(batch: Batch, window: Pick<Window, 'from' | 'advance'>, updates: number): void
  /** @param options.from The state before the first step; `carried` is the state after the previous evaluation. */
  evaluate(batch: Batch, options: Required<EvaluateOptions>): Evaluation
}

/** Which exponents are differentiated, and what each step counts for in them. */
export interface Flossing {
  readonly most: number
  readonly shares: readonly Float64Array[]
}

/** A run on one engine. Between calls it holds the training state and the carried state of evaluation. */
export interface EngineRun {
  /** Decides whether a window is computed whole. */
  readonly chunking: Pick<WindowShape, 'rows' | 'chunkRows'>
  readonly whole: WindowRunner
  /** Computes the longer windows, and those of several micro-batches. */
  readonly chunked: WindowRunner
  /** Clips gradients and updates. @param updates Applied before. */
  applyGradients(
    given: Pick<GradientReport, 'loss' | 'gradients'>,
    options: Pick<StepOptions, 'learningRate'>,
    updates: number,
  ): StepReport
  predict(rows: RowBatch): PredictedRows
  explain(rows: ExplainedBatch): ExplainedRows
  /** @param updates Applied before: they draw the masks. */
  inspect(batch: Batch, window: Window, updates: number): InspectedStep
  /** The norms of each layer, in the order of `placeMatrix`. @param updates Applied before: they draw the masks. */
  itemise(batch: Batch, window: Window, most: number, updates: number): readonly Float32Array[]
  /** The lengths of each layer's directions, as `readSpectrum` reads them. @param updates Applied before: they draw the masks. */
  stretch(batch: Batch, window: Window, most: number, updates: number): readonly (Float32Array | Float64Array)[]
  /** @param flossing.shares `shareSteps` of each layer. @param updates Applied before: they draw the masks. */
  differentiateSpectrum(batch: Batch, window: Window, flossing: Flossing, updates: number): SpectrumGradients
  truncationBias(
    batch: Batch,
    truncation: { readonly k1: number; readonly k2: number },
    from: Window['from'],
  ): TruncationBias
  /** Puts states, by layer and name, where the next window begins that goes on from those of training or of evaluation. */
  place(states: NonNullable<Batch['states']>, of: 'training' | 'evaluation'): void
  /** The training state, by the names of `stateShapes`. */
  tensors(): Readonly<Record<string, HostTensor>>
  /** Replaces the training state; evaluation has no carried state after. @param tensors All of it. */
  restore(tensors: Readonly<Record<string, HostTensor>>): void
  dispose(): void
}

/** Checks every argument, chooses how a window is computed, and counts updates. */
export class EngineSession implements Session {
  readonly #network: Network
  readonly #program: Program
  readonly #run: EngineRun
  readonly #onDispose: () => void
  #updates: number
  /** Whether there is a carried state of evaluation. */
  #evaluated = false

  constructor({ network, program, updates }: RunStart, run: EngineRun, onDispose: () => void) {
    this.#network = network
    this.#program = program
    this.#updates = updates
    this.#run = run
    this.#onDispose = onDispose
  }

  async step(batch: Batch, window: Window, options: StepOptions): Promise<StepReport> {
    checkBatch(this.#network, batch, window)
    const begun = { ...window, from: this.#begin(batch, window.from, 'training') }
    const report = this.#runner(batch).step(batch, begun, options, this.#updates)
    if (report.updated) this.#updates += 1
    return inReadingOrder(this.#network, report)
  }

  async differentiate(batch: Batch, window: Window, options: ObserveOptions): Promise<GradientReport> {
    checkBatch(this.#network, batch, window)
    const begun = { ...window, from: this.#begin(batch, window.from, 'training') }
    const report = this.#runner(batch).differentiate(batch, begun, options, this.#updates)
    return inReadingOrder(this.#network, report)
  }

  async applyGradients(
    { loss, gradients, clippedFraction }: Pick<GradientReport, 'loss' | 'gradients' | 'clippedFraction'>,
    options: Pick<StepOptions, 'learningRate'>,
  ): Promise<StepReport> {
    checkState(pickTrained(this.#network, parameterShapes(this.#network)), gradients)
    const report = this.#run.applyGradients({ loss, gradients }, options, this.#updates)
    if (report.updated) this.#updates += 1
    return { ...report, ...(clippedFraction !== undefined && { clippedFraction }) }
  }

  async forward(batch: Batch, { from, advance }: Pick<Window, 'from' | 'advance'>): Promise<void> {
    checkBatch(this.#network, batch, { lossSteps: 1, advance })
    const begun = { advance, from: this.#begin(batch, from, 'training') }
    this.#runner(batch).forward(batch, begun, this.#updates)
  }

  async evaluate(batch: Batch, { from, outputs = false }: EvaluateOptions = { from: 'initial' }): Promise<Evaluation> {
    checkBatch(this.#network, batch, { lossSteps: batch.steps, advance: batch.steps })
    const begun = this.#begin(batch, this.#evaluated ? from : 'initial', 'evaluation')
    const evaluation = this.#runner(batch).evaluate(batch, { from: begun, outputs })
    this.#evaluated = true
    return evaluation
  }

  async predict(rows: RowBatch): Promise<PredictedRows> {
    checkRows({ ...this.#network, batchSize: rows.lengths.length }, rows)
    return this.#run.predict(rows)
  }

  async explain(rows: ExplainedBatch): Promise<ExplainedRows> {
    checkRows(this.#network, rows)
    return this.#run.explain(rows)
  }

  async truncationBias(
    batch: Batch,
    truncation: { readonly k1: number; readonly k2: number },
  ): Promise<TruncationBias> {
    checkTruncates(this.#network)
    checkBatch(this.#network, batch, { lossSteps: batch.steps, advance: 0 })
    return this.#aside(batch, 'initial', (from) => this.#run.truncationBias(batch, truncation, from))
  }

  async inspect(batch: Batch, window: Window): Promise<InspectedStep> {
    checkBatch(this.#network, batch, window)
    return this.#aside(batch, window.from, (from) => this.#run.inspect(batch, { ...window, from }, this.#updates))
  }

  async itemise(batch: Batch, window: Window, most: number): Promise<readonly SourceMatrix[]> {
    checkBatch(this.#network, batch, window)
    checkSources(most)
    const plan = planSources(this.#network, { steps: batch.steps, lossSteps: window.lossSteps, most })
    const norms = this.#aside(batch, window.from, (from) =>
      this.#run.itemise(batch, { ...window, from }, most, this.#updates),
    )
    return this.#network.layers.map(({ direction }, layer) =>
      placeMatrix(norms[layer]!, plan, direction === 'backward'),
    )
  }

  async measureSpectrum(batch: Batch, window: Window, most: number): Promise<readonly Spectrum[]> {
    checkBatch(this.#network, batch, window)
    checkDirections(most)
    const lengths = this.#aside(batch, window.from, (from) =>
      this.#run.stretch(batch, { ...window, from }, most, this.#updates),
    )
    return readSpectrum(this.#network, lengths, describeSteps(batch))
  }

  async differentiateSpectrum(batch: Batch, window: Window, most: number): Promise<SpectrumGradients> {
    checkBatch(this.#network, batch, window)
    checkDirections(most)
    const flossing = { most, shares: shareSteps(this.#network, describeSteps(batch)) }
    return this.#aside(batch, window.from, (from) =>
      this.#run.differentiateSpectrum(batch, { ...window, from }, flossing, this.#updates),
    )
  }

  async state(): Promise<TrainingState> {
    return { tensors: this.#run.tensors(), updates: this.#updates }
  }

  async restore(state?: TrainingState): Promise<void> {
    const { tensors, updates } = beginRun(this.#program, state)
    this.#run.restore(tensors)
    this.#updates = updates
    this.#evaluated = false
  }

  dispose(): void {
    this.#run.dispose()
    this.#onDispose()
  }

  /** A window that begins with states of its own goes on from them: they are placed where carried ones are. */
  #begin({ states }: Batch, from: Window['from'], of: 'training' | 'evaluation'): Window['from'] {
    if (from === 'carried' || states === undefined) return from
    this.#run.place(states, of)
    return 'carried'
  }

  /** Computes what leaves the states alone that training carries. */
  #aside<Result>(batch: Batch, from: Window['from'], compute: (from: Window['from']) => Result): Result {
    if (from === 'carried' || batch.states === undefined) return compute(from)
    const carried = under(splitState(this.#run.tensors()).carried, 'carried.')
    const begun = this.#begin(batch, from, 'training')
    try {
      return compute(begun)
    } finally {
      this.#run.place(
        mapTensors(carried, ({ data }) => data),
        'training',
      )
    }
  }

  #runner({ steps }: Batch): WindowRunner {
    const { chunking, whole, chunked } = this.#run
    const { bidirectional } = this.#network
    const { microBatches = 1 } = this.#program
    return microBatches === 1 && isOneChunk({ steps, bidirectional, ...chunking }) ? whole : chunked
  }
}

function describeSteps(batch: Batch): { readonly steps: number; readonly mask: Float32Array | undefined } {
  return { steps: batch.steps, mask: isMasked(batch) ? stepMask(batch) : undefined }
}
