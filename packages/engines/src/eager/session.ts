// One run of an eager interpreter. Between calls it holds the state's tensors and nothing else.

import {
  computeReadout,
  dropoutMasks,
  finishStep,
  flattenState,
  forward,
  initialState,
  initialStates,
  isOneChunk,
  mapTensors,
  networkOf,
  observe,
  spectralRadii,
  stateShapes,
  statesAfter,
  timestepClip,
  totalsOf,
  trainStep,
  truncationBias,
  unflattenState,
  unweighted,
  updateScalars,
  type BackpropagateOptions,
  type Batch,
  type EvaluateOptions,
  type Evaluation,
  type Flow,
  type HostTensor,
  type Network,
  type Observations,
  type Program,
  type Session,
  type StepBatch,
  type StepOptions,
  type StepReport,
  type StepReportTensors,
  type StepState,
  type Tensors,
  type TrainingState,
  type TruncationBias,
  type Window,
} from '@unroll/bptt'
import { checkBatch, checkState } from './check.ts'
import type { Interpreter } from './interpreter.ts'
import { answeredBatch } from './chunk_batch.ts'
import { EagerChunks } from './chunks.ts'
import { uploadBatch } from './upload.ts'

export class EagerSession<X> implements Session {
  readonly #interpreter: Interpreter<X>
  readonly #network: Network
  readonly #program: Program
  readonly #onDispose: () => void
  #state: StepState<X>
  /** Updates applied. */
  #updates: number
  /** Where evaluation goes on from; undefined before the first. */
  #evaluated: readonly Tensors<X>[] | undefined

  constructor(interpreter: Interpreter<X>, program: Program, state: TrainingState | undefined, onDispose: () => void) {
    this.#interpreter = interpreter
    this.#program = program
    this.#network = networkOf(program)
    this.#onDispose = onDispose
    this.#updates = state?.updates ?? 0
    const tensors = state?.tensors ?? initialState(this.#network, program)
    checkState(stateShapes(this.#network, program), tensors)
    this.#state = unflattenState(
      this.#network,
      mapTensors(tensors, ({ shape, data }) => interpreter.upload(shape, data)),
    )
  }

  step(batch: Batch, window: Window, options: StepOptions): Promise<StepReport> {
    return settled(() => {
      checkBatch(this.#network, batch, window)
      const { clipping, optimizer } = this.#program
      const scalars = updateScalars(optimizer, options.learningRate, this.#updates + 1)
      const { ops } = this.#interpreter
      const values = (): Tensors<X> => mapTensors(scalars, (value) => ops.constant(value))
      const { state, report } = this.#isLong(batch)
        ? this.#longStep(batch, window, options, values)
        : ops.scope(() => {
            const uploaded = this.#upload(batch, window.lossSteps)
            const { probe = false, saturation = false } = options
            const wanted = { probe, saturation }
            const seen =
              probe || saturation ? observe(ops, this.#network, this.#state, uploaded, window.from, wanted) : {}
            const step = trainStep(
              ops,
              { network: this.#network, clipping, optimizer, flow: options.flow || probe },
              this.#state,
              uploaded,
              window,
              values(),
            )
            return { state: step.state, report: this.#read({ ...step.report, ...seen }, options) }
          })
      this.#replaceState(state)
      if (report.updated) this.#updates += 1
      return report
    })
  }

  forward(batch: Batch, { from, advance }: Pick<Window, 'from' | 'advance'>): Promise<void> {
    return settled(() => {
      checkBatch(this.#network, batch, { lossSteps: 1, advance })
      const { ops } = this.#interpreter
      const carried = ops.scope(() => {
        if (this.#isLong(batch)) {
          const chunks = this.#chunks(batch, { lossSteps: 1, advance })
          return chunks.carried(this.#initial(from))
        }
        const { inputs, ...conditions } = this.#upload(batch, 1)
        return statesAfter(ops, forward(ops, this.#network, this.#state, inputs, from, conditions), advance)
      })
      this.#replaceState({ ...this.#state, carried })
    })
  }

  evaluate(batch: Batch, { from, outputs = false }: EvaluateOptions = { from: 'initial' }): Promise<Evaluation> {
    return settled(() => {
      checkBatch(this.#network, batch, { lossSteps: batch.steps, advance: batch.steps })
      const { ops } = this.#interpreter
      const { parameters } = this.#state
      const carried = this.#evaluated ?? []
      const { evaluation, next } = ops.scope(() => {
        const lossSteps = batch.steps
        const start = carried.length === 0 ? 'initial' : from
        if (this.#isLong(batch)) {
          const chunks = this.#chunks(batch, { lossSteps, advance: lossSteps }, {}, [])
          const evaluated = chunks.evaluate(this.#initial(start, carried), outputs)
          return { evaluation: evaluated.evaluation, next: evaluated.after }
        }
        const uploaded = uploadBatch(
          this.#interpreter,
          this.#network,
          answeredBatch(this.#network, batch, lossSteps),
          [],
        )
        const { inputs, targets } = uploaded
        const network = unweighted(this.#network)
        const pass = forward(ops, network, { parameters, carried }, inputs, start, uploaded)
        const answer = computeReadout(ops, network, parameters, pass, { targets, lossSteps })
        const { loss, accuracy } = answer
        return {
          evaluation: {
            loss: this.#number(loss),
            ...(accuracy !== undefined && { accuracy: this.#number(accuracy) }),
            ...(outputs && { outputs: this.#interpreter.download(answer.outputs) }),
          },
          next: statesAfter(ops, pass, batch.steps),
        }
      })
      this.#release(carried)
      this.#evaluated = next
      return evaluation
    })
  }

  truncationBias(batch: Batch, truncation: { readonly k1: number; readonly k2: number }): Promise<TruncationBias> {
    return settled(() => {
      const lossSteps = batch.steps
      checkBatch(this.#network, batch, { lossSteps, advance: 0 })
      const { ops } = this.#interpreter
      return ops.scope(() => {
        const uploaded = uploadBatch(
          this.#interpreter,
          this.#network,
          answeredBatch(this.#network, batch, lossSteps),
          [],
        )
        const { relative, cosine } = truncationBias(ops, this.#network, this.#state.parameters, uploaded, truncation)
        return { relative: this.#number(relative), cosine: this.#number(cosine) }
      })
    })
  }

  state(): Promise<TrainingState> {
    return settled(() => ({
      tensors: mapTensors(flattenState(this.#state), (x) => this.#download(x)),
      updates: this.#updates,
    }))
  }

  dispose(): void {
    this.#release([flattenState(this.#state), ...(this.#evaluated ?? [])])
    this.#evaluated = undefined
    this.#onDispose()
  }

  #isLong({ steps }: Batch): boolean {
    return !isOneChunk({ steps, rows: this.#network.batchSize })
  }

  /** A step whose window is more than one chunk. */
  #longStep(
    batch: Batch,
    window: Window,
    options: StepOptions,
    scalars: () => Tensors<X>,
  ): { state: StepState<X>; report: StepReport } {
    const { ops } = this.#interpreter
    const { clipping, optimizer, segmentSteps } = this.#program
    const { probe = false } = options
    return ops.scope(() => {
      const initial = this.#initial(window.from)
      const seen = this.#longLook(batch, initial, options)
      const back = { flow: options.flow || probe, clipTimestep: timestepClip(clipping) }
      const chunks = this.#chunks(batch, window, back)
      const { sums, carried } = chunks.back(initial, segmentSteps)
      const plan = { network: this.#network, clipping, optimizer, steps: batch.steps }
      const totals = totalsOf(ops, this.#network, sums, window.from)
      const step = finishStep(ops, plan, this.#state, [totals], carried, scalars())
      const read = this.#read(step.report, options)
      const flow = back.flow && { flow: { ...flowOf(chunks.flow), ...seen.probe } }
      return { state: step.state, report: { ...read, ...flow, ...seen.saturation } }
    })
  }

  /** Probe flow and saturation of a window of more than one chunk. */
  #longLook(
    batch: Batch,
    initial: readonly Tensors<X>[],
    { probe = false, saturation = false }: StepOptions,
  ): { probe?: Pick<Flow, 'probe'>; saturation?: Pick<StepReport, 'saturation'> } {
    const { ops } = this.#interpreter
    const { parameters } = this.#state
    const last = { lossSteps: 1, advance: 0 }
    const chunks = this.#chunks(batch, last, { flow: true })
    if (probe) ops.scope(() => void chunks.back(initial, this.#program.segmentSteps))
    const radii = saturation ? spectralRadii(ops, this.#network, parameters) : {}
    const means = saturation ? chunks.saturation(initial) : {}
    return {
      ...(probe && { probe: { probe: flowOf(chunks.flow).h } }),
      ...(saturation && { saturation: { saturation: { ...means, ...mapTensors(radii, (x) => this.#number(x)) } } }),
    }
  }

  #chunks(
    batch: Batch,
    window: Pick<Window, 'lossSteps' | 'advance'>,
    options: BackpropagateOptions = {},
    dropout: readonly Float64Array[] = dropoutMasks(this.#network, this.#program.seed, this.#updates),
  ): EagerChunks<X> {
    const { parameters } = this.#state
    return new EagerChunks(this.#interpreter, { network: this.#network, parameters, batch, window, dropout }, options)
  }

  #initial(from: Window['from'], carried: readonly Tensors<X>[] = this.#state.carried): readonly Tensors<X>[] {
    const { ops } = this.#interpreter
    return from === 'carried' ? carried : initialStates(ops, this.#network, this.#state.parameters)
  }

  /** Tensors of a batch to learn from, with the dropout of the coming update. */
  #upload(batch: Batch, lossSteps: number): StepBatch<X> {
    const dropout = dropoutMasks(this.#network, this.#program.seed, this.#updates)
    return uploadBatch(this.#interpreter, this.#network, answeredBatch(this.#network, batch, lossSteps), dropout)
  }

  /** The only place a training step's numbers are read. */
  #read(report: StepReportTensors<X> & Observations<X>, { metrics }: StepOptions): StepReport {
    return {
      loss: this.#number(report.loss),
      gradNorm: this.#number(report.gradNorm),
      gradNormClipped: this.#number(report.gradNormClipped),
      clipCoefficient: this.#number(report.clipCoefficient),
      clippedFraction: this.#number(report.clippedFraction),
      finite: this.#number(report.finite) === 1,
      updated: this.#number(report.updated) === 1,
      ...(metrics && report.accuracy !== undefined && { accuracy: this.#number(report.accuracy) }),
      ...(metrics && { parameterNorms: mapTensors(report.parameterNorms, (norm) => this.#number(norm)) }),
      ...(report.flow !== undefined && { flow: this.#flow(report.flow, report.probe) }),
      ...(report.saturation !== undefined && {
        saturation: mapTensors(report.saturation, (value) => this.#number(value)),
      }),
    }
  }

  #flow(layers: readonly Tensors<X>[], probed: readonly Tensors<X>[] = []): Flow {
    const of = (norms: readonly Tensors<X>[], state: 'h' | 'c'): Float32Array[] =>
      norms.flatMap((layer) => layer[state] ?? []).map((norm) => Float32Array.from(this.#interpreter.download(norm)))
    const c = of(layers, 'c')
    const probe = of(probed, 'h')
    return { h: of(layers, 'h'), ...(c.length > 0 && { c }), ...(probe.length > 0 && { probe }) }
  }

  #number(scalar: X): number {
    return this.#interpreter.download(scalar)[0] ?? NaN
  }

  #download(x: X): HostTensor {
    return { shape: this.#interpreter.ops.shape(x), data: this.#interpreter.download(x) }
  }

  /** Frees what the new state no longer holds. */
  #replaceState(next: StepState<X>): void {
    const kept = new Set(Object.values(flattenState(next)))
    for (const x of Object.values(flattenState(this.#state))) if (!kept.has(x)) this.#interpreter.release(x)
    this.#state = next
  }

  #release(records: readonly Tensors<X>[]): void {
    for (const x of records.flatMap((record) => Object.values(record))) this.#interpreter.release(x)
  }
}

/** The flow of all layers, from that of each. */
function flowOf(layers: readonly Readonly<Record<string, Float32Array>>[]): Flow {
  const of = (state: 'h' | 'c'): Float32Array[] => layers.flatMap((series) => series[state] ?? [])
  const c = of('c')
  return { h: of('h'), ...(c.length > 0 && { c }) }
}

/** The value of a body, or its error, as a promise: an eager interpreter has finished when it returns. */
function settled<Value>(body: () => Value): Promise<Value> {
  return new Promise((resolve) => resolve(body()))
}
