import {
  explainRows,
  finishStep,
  flattenLayers,
  mapTensors,
  predictRows,
  truncationBias,
  type Batch,
  type Explained,
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
import { answeredBatch } from '../session/batch.ts'
import type { EngineRun, Flossing, RunStart } from '../session/session.ts'
import { EagerChunkedWindow } from './chunked_window.ts'
import type { Interpreter } from './interpreter.ts'
import { readNumber, readReport } from './report.ts'
import { EagerState } from './state.ts'
import { uploadBatch, uploadRows, uploadStates } from './upload.ts'
import { EagerWholeWindow } from './whole_window.ts'

/** A run of an eager interpreter, which has finished when it returns. */
export class EagerRun<X> implements EngineRun {
  readonly chunking: EngineRun['chunking']
  readonly whole: EagerWholeWindow<X>
  readonly chunked: EagerChunkedWindow<X>
  readonly #state: EagerState<X>

  constructor(interpreter: Interpreter<X>, start: RunStart) {
    this.#state = new EagerState(interpreter, start)
    this.chunking = { rows: start.network.batchSize / (start.program.microBatches ?? 1) }
    this.whole = new EagerWholeWindow(this.#state)
    this.chunked = new EagerChunkedWindow(this.#state)
  }

  applyGradients(
    { loss, gradients }: Pick<GradientReport, 'loss' | 'gradients'>,
    { learningRate }: Pick<StepOptions, 'learningRate'>,
    updates: number,
  ): StepReport {
    const { interpreter, network, program, training } = this.#state
    const { ops, upload } = interpreter
    const { clipping, optimizer } = program
    const { state, report } = ops.scope(() => {
      const uploaded = mapTensors(gradients, ({ shape, data }) => upload(shape, data))
      const passes = [{ loss: upload([], [loss]), gradients: uploaded }]
      const finished = { passes, carried: training.carried, scalars: this.#state.scalars(learningRate, updates) }
      const step = finishStep(ops, { network, clipping, optimizer, steps: 1 }, training, finished)
      return { state: step.state, report: readReport(interpreter, step.report, { metrics: true, network }) }
    })
    this.#state.replaceTraining(state)
    return report
  }

  predict(rows: RowBatch): PredictedRows {
    const { interpreter, training } = this.#state
    const network = { ...this.#state.network, batchSize: rows.lengths.length }
    const { ops, download } = interpreter
    const { parameters } = training
    return ops.scope(() => {
      const before = uploadStates(interpreter, network, rows)
      const { outputs, after } = predictRows(
        { ops, network, parameters },
        uploadRows(interpreter, network, rows),
        before,
      )
      return { outputs: download(outputs), states: mapTensors(flattenLayers(after), download) }
    })
  }

  explain(rows: ExplainedBatch): ExplainedRows {
    const { interpreter, network, training } = this.#state
    const { ops, download } = interpreter
    const { parameters } = training
    return ops.scope(() => {
      const before = uploadStates(interpreter, network, rows)
      const { traced = false } = rows
      const given = { ...uploadRows(interpreter, network, rows), of: this.#uploadExplained(rows.of), traced }
      const { gradients, gates, trace } = explainRows({ ops, network, parameters }, given, before)
      return {
        gradients: download(gradients),
        gates: mapTensors(gates, download),
        ...(trace && {
          trace: {
            ...(trace.loss !== undefined && { loss: readNumber(interpreter, trace.loss) }),
            outputs: download(trace.outputs),
            states: mapTensors(trace.states, download),
            stateGradients: mapTensors(trace.stateGradients, download),
          },
        }),
      }
    })
  }

  truncationBias(
    batch: Batch,
    truncation: { readonly k1: number; readonly k2: number },
    from: Window['from'],
  ): TruncationBias {
    const { interpreter, network, training } = this.#state
    const { ops } = interpreter
    const { parameters, carried } = training
    return ops.scope(() => {
      const uploaded = uploadBatch(interpreter, network, answeredBatch(network, batch, batch.steps), undefined)
      const { relative, cosine } = truncationBias({ ops, network, parameters }, { from, carried }, uploaded, truncation)
      return { relative: readNumber(interpreter, relative), cosine: readNumber(interpreter, cosine) }
    })
  }

  place(states: NonNullable<Batch['states']>, of: 'training' | 'evaluation'): void {
    const { interpreter, network, training } = this.#state
    const carried = uploadStates(interpreter, network, { states })
    if (of === 'training') this.#state.replaceTraining({ ...training, carried })
    else this.#state.replaceEvaluated(carried)
  }

  inspect(batch: Batch, window: Window, updates: number): InspectedStep {
    return this.whole.inspect(batch, window, updates)
  }

  itemise(batch: Batch, window: Window, most: number, updates: number): readonly Float32Array[] {
    return this.whole.itemise(batch, window, most, updates)
  }

  stretch(batch: Batch, window: Window, most: number, updates: number): readonly (Float32Array | Float64Array)[] {
    return this.whole.stretch(batch, window, most, updates)
  }

  differentiateSpectrum(batch: Batch, window: Window, flossing: Flossing, updates: number): SpectrumGradients {
    return this.whole.differentiateSpectrum(batch, window, flossing, updates)
  }

  #uploadExplained(of: ExplainedBatch['of']): Explained<X> {
    const { interpreter, network } = this.#state
    const { kind, size } = network.readout
    if ('weights' in of) return { weights: interpreter.upload([of.weights.length / size, size], of.weights) }
    const shape = kind === 'softmax' ? [of.targets.length] : [of.targets.length / size, size]
    return { targets: interpreter.upload(shape, of.targets) }
  }

  tensors(): Readonly<Record<string, HostTensor>> {
    return this.#state.download()
  }

  restore(tensors: Readonly<Record<string, HostTensor>>): void {
    this.#state.restore(tensors)
  }

  dispose(): void {
    this.#state.dispose()
  }
}
