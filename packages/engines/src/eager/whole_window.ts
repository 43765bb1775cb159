// Windows of one chunk on an eager interpreter.

import {
  differentiate,
  drawDirections,
  evaluateReadout,
  flossWindow,
  forward,
  inspectStep,
  itemise,
  mapLayer,
  mapTensors,
  observe,
  statesAfter,
  stretchDirections,
  timestepClip,
  trainStep,
  type Batch,
  type EvaluateOptions,
  type Evaluation,
  type GradientReport,
  type InspectedStep,
  type Observations,
  type ObserveOptions,
  type SpectrumGradients,
  type StepBatch,
  type StepOptions,
  type StepReport,
  type Window,
} from '@unroll/bptt'
import { answeredBatch } from '../session/batch.ts'
import { drawMasks } from '../session/masks.ts'
import type { Flossing, WindowRunner } from '../session/session.ts'
import { reportsFlow } from '../session/flow.ts'
import { readGradients, readNumber, readReport, readTensors } from './report.ts'
import type { EagerState } from './state.ts'
import { uploadBatch } from './upload.ts'

export class EagerWholeWindow<X> implements WindowRunner {
  readonly #state: EagerState<X>

  constructor(state: EagerState<X>) {
    this.#state = state
  }

  step(batch: Batch, window: Window, options: StepOptions, updates: number): StepReport {
    const { interpreter, network, program, training } = this.#state
    const { ops } = interpreter
    const { clipping, optimizer } = program
    const { state, report } = ops.scope(() => {
      const uploaded = this.#upload(batch, window.lossSteps, updates)
      const observed = this.#observe(uploaded, window, options)
      const plan = { network, clipping, optimizer, flow: reportsFlow(options) }
      const scalars = this.#state.scalars(options.learningRate, updates)
      const step = trainStep(ops, plan, training, { ...window, batch: uploaded, scalars })
      return {
        state: step.state,
        report: readReport(interpreter, { ...step.report, ...observed }, { ...options, network }),
      }
    })
    this.#state.replaceTraining(state)
    return report
  }

  differentiate(batch: Batch, window: Window, options: ObserveOptions, updates: number): GradientReport {
    const { interpreter, network, program, training } = this.#state
    const { ops } = interpreter
    const { report, carried } = ops.scope(() => {
      const plan = { network, clipping: program.clipping, flow: reportsFlow(options) }
      const uploaded = this.#upload(batch, window.lossSteps, updates)
      const observed = this.#observe(uploaded, window, options)
      const found = differentiate(ops, plan, training, { ...window, batch: uploaded })
      return { report: readGradients(interpreter, { ...found, ...observed }, network), carried: found.carried }
    })
    this.#state.replaceTraining({ ...training, carried })
    return report
  }

  forward(batch: Batch, { from, advance }: Pick<Window, 'from' | 'advance'>, updates: number): void {
    const { interpreter, network, training } = this.#state
    const { ops } = interpreter
    const carried = ops.scope(() => {
      const { inputs, ...conditions } = this.#upload(batch, 1, updates)
      const bound = { ops, network, parameters: training.parameters }
      return statesAfter(ops, forward(bound, { from, carried: training.carried }, inputs, conditions), advance)
    })
    this.#state.replaceTraining({ ...training, carried })
  }

  evaluate(batch: Batch, { from, outputs }: Required<EvaluateOptions>): Evaluation {
    const { interpreter, network, answering: parameters, evaluated } = this.#state
    const { ops } = interpreter
    const { evaluation, after } = ops.scope(() => {
      const uploaded = this.#upload(batch, batch.steps)
      const { inputs, targets } = uploaded
      const bound = { ops, network, parameters }
      const pass = forward(bound, { from, carried: evaluated }, inputs, uploaded)
      const answer = evaluateReadout(bound, pass, { targets, lossSteps: batch.steps })
      const { loss, accuracy } = answer
      return {
        evaluation: {
          loss: readNumber(interpreter, loss),
          ...(accuracy !== undefined && { accuracy: readNumber(interpreter, accuracy) }),
          ...(outputs && { outputs: interpreter.download(answer.outputs) }),
        },
        after: statesAfter(ops, pass, batch.steps),
      }
    })
    this.#state.replaceEvaluated(after)
    return evaluation
  }

  inspect(batch: Batch, { from, lossSteps, compensation }: Window, updates: number): InspectedStep {
    const { interpreter, network, program, training } = this.#state
    const { ops, download } = interpreter
    return ops.scope(() => {
      const { loss, layers } = inspectStep(
        { ops, network, parameters: training.parameters },
        { from, lossSteps, carried: training.carried },
        {
          batch: this.#upload(batch, lossSteps, updates),
          shards: program.microBatches ?? 1,
          clipTimestep: timestepClip(program.clipping),
          compensation,
        },
      )
      const read = (layer: (typeof layers)[number]) => mapLayer((part) => mapTensors(layer[part], download))
      return { loss: readNumber(interpreter, loss), layers: layers.map(read) }
    })
  }

  itemise(batch: Batch, { from, lossSteps }: Window, most: number, updates: number): readonly Float32Array[] {
    const { interpreter, network, program, training } = this.#state
    const { ops, download } = interpreter
    return ops.scope(() => {
      const layers = itemise(
        { ops, network, parameters: training.parameters },
        { from, lossSteps, carried: training.carried },
        { batch: this.#upload(batch, lossSteps, updates), shards: program.microBatches ?? 1, most },
      )
      return layers.map((norms) => Float32Array.from(download(norms)))
    })
  }

  stretch(
    batch: Batch,
    { from, lossSteps }: Window,
    most: number,
    updates: number,
  ): readonly (Float32Array | Float64Array)[] {
    const { interpreter, network, program, training } = this.#state
    const { ops, upload, download } = interpreter
    return ops.scope(() => {
      const layers = stretchDirections(
        { ops, network, parameters: training.parameters },
        { from, lossSteps, carried: training.carried },
        {
          batch: this.#upload(batch, lossSteps, updates),
          shards: program.microBatches ?? 1,
          starts: drawDirections(network, most).map(({ shape, data }) => upload(shape, data)),
        },
      )
      return layers.map((lengths) => download(lengths).slice())
    })
  }

  differentiateSpectrum(
    batch: Batch,
    { from, lossSteps }: Window,
    { most, shares }: Flossing,
    updates: number,
  ): SpectrumGradients {
    const { interpreter, network, program, training } = this.#state
    const { ops, upload } = interpreter
    return ops.scope(() => {
      const found = flossWindow(
        { ops, network, parameters: training.parameters },
        { from, lossSteps, carried: training.carried },
        {
          batch: this.#upload(batch, lossSteps, updates),
          shards: program.microBatches ?? 1,
          starts: drawDirections(network, most).map(({ shape, data }) => upload(shape, data)),
          shares: shares.map((own) => upload([own.length, 1], own)),
        },
      )
      return {
        squares: readNumber(interpreter, found.squares),
        gradients: readTensors(interpreter, found.gradients),
      }
    })
  }

  /** Computes probe flow and saturation before the step. */
  #observe(
    batch: StepBatch<X>,
    { from }: Window,
    { probe = false, saturation = false }: ObserveOptions,
  ): Observations<X> {
    if (!probe && !saturation) return {}
    const { interpreter, network, training } = this.#state
    const bound = { ops: interpreter.ops, network, parameters: training.parameters }
    return observe(bound, { from, carried: training.carried }, batch, { probe, saturation })
  }

  /** @param updates of the update that draws masks; none are drawn unless given */
  #upload(batch: Batch, lossSteps: number, updates?: number): StepBatch<X> {
    const { interpreter, network } = this.#state
    const masks =
      updates === undefined ? undefined : drawMasks(this.#state.masked(updates), { start: 0, steps: batch.steps })
    return uploadBatch(interpreter, network, answeredBatch(network, batch, lossSteps), masks)
  }
}
