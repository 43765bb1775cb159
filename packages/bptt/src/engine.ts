// What an engine offers and the trainer consumes. An engine interprets the one training step of `step.ts`; the
// trainer never learns how. Numbers cross this border as typed arrays, row-major; Inf and NaN are data, not errors.
// Letters: T time steps of a batch, N batch, X input size, K read-out size, L layers.

import type { Accelerator, JobSpec, RegressionLoss } from '@unroll/contract'
import type { InspectedStep } from './observe/inspected.ts'
import type { SourceMatrix } from './observe/sources.ts'
import type { Spectrum } from './observe/spectrum.ts'

/** Everything static about a run: what an engine may compile ahead of the first step. */
export interface Program {
  readonly model: JobSpec['model']
  readonly inputs: InputKind
  readonly readout: ReadoutPlan
  readonly mode: 'many_to_one' | 'many_to_many'
  readonly batchSize: number
  readonly clipping: JobSpec['clipping']
  readonly optimizer: JobSpec['optimizer']
  /** Parts of the network whose parameters no update changes: `embedding`, `readout`, `layers.0`; none unless given. */
  readonly frozen?: readonly string[]
  /** The most equal parts a micro-batch is cut into, where the engine computes them side by side; as many as it has cores unless given. */
  readonly shards?: number
  /** The equal parts of a batch that are computed one after another, so that only one of them is kept for the way back; 1 unless given. Changes numbers by rounding alone. */
  readonly microBatches?: number
  /** How many GPUs the shards are spread over, which they must divide into, where GPUs compute them; 1 unless given. Changes no number. */
  readonly gpus?: number
  /** Steps between the states that are kept where a window is long, at least: each segment between them is gone through again on the way back. Everything is kept unless given. Changes no number. */
  readonly segmentSteps?: number | undefined
  /** T of a whole sequence, which bounds the initial recurrence of indrnn; without an end unless given. */
  readonly sequenceLength?: number
  /** Initial parameters are a function of this seed and their names. */
  readonly seed: number
}

/** `vectors`: X numbers a step. `symbols`: one id below `size` a step. */
export type InputKind = { readonly kind: 'vectors' | 'symbols'; readonly size: number }

/** What a network answers, and what its loss is. */
export interface ReadoutPlan {
  readonly kind: ReadoutKind
  /** K: classes, labels or outputs. */
  readonly size: number
  /** identity: squared error unless given. Of quantiles the outputs of a target lie side by side. */
  readonly loss?: RegressionLoss
  /** softmax: [K], what the loss of a target of each class is multiplied by in training; 1 unless given. The mean is over targets, whatever they weigh. */
  readonly classWeights?: readonly number[]
}

/** softmax: cross-entropy; sigmoid: binary cross-entropy a label; identity: squared error, or another loss of numbers. */
export type ReadoutKind = 'softmax' | 'sigmoid' | 'identity'

export interface Batch {
  /** T, the same for every row. */
  readonly steps: number
  /** Vectors: Float32Array [T,N,X]. Symbols: Int32Array [T,N]. */
  readonly inputs: Float32Array | Int32Array
  /**
   * softmax: Int32Array of class ids, -1 where there is no target. sigmoid, identity: Float32Array with a last axis K.
   * Leading axes: [T,N] for many_to_many (a window's loss reads the newest `lossSteps` of them), [N] for many_to_one.
   */
  readonly targets: Int32Array | Float32Array
  /**
   * Steps of each row's sequence, [N], from 0 to T; all T unless given. After them a row's state stays as it is, its targets
   * count for nothing and no gradient arises; many_to_one answers after the row's last step.
   */
  readonly lengths?: Int32Array
  /**
   * [T,N]: 0 at the steps of a row that are left out, as if its sequence did not have them: its state stays as it is, its target counts
   * for nothing and no gradient arises. None are unless given.
   */
  readonly mask?: Uint8Array
  /**
   * Of a window that begins `initial`: the states before the first step, by layer and name, [N,H] each: `0.h`. Zeros, or what the
   * network has learned, unless given; a network that learns them takes none.
   */
  readonly states?: RowBatch['states']
}

/**
 * Where a batch stands in truncated backpropagation through time. The batch holds the newest min(k2, position) steps;
 * full backpropagation is `{ from: 'initial', lossSteps: steps, advance: steps }`.
 */
export interface Window {
  /** The state before the batch's first step: zeros, or that of the batch, or the one the previous call kept. */
  readonly from: 'initial' | 'carried'
  /** k1: the loss is that of the newest `lossSteps` steps; many_to_one has its loss at the last step whatever this says. */
  readonly lossSteps: number
  /** The state kept for the next call is the one after this many of the batch's steps (0..T), as a constant; elements that are not finite are kept as 0. */
  readonly advance: number
  /** Of randomised truncation: what makes its gradient right on average. */
  readonly compensation?: Compensation | undefined
}

/** What a gradient is multiplied by where it crosses from one step to the step before and might have been cut. */
export interface Compensation {
  /** Steps between the places where it might have been cut, the first of them after as many steps. */
  readonly every: number
  /** 1/(1-p), where p is the probability of a cut. */
  readonly factor: number
  /** Steps of the window before the first that this is about; 0 unless given. */
  readonly offset?: number
}

/** What is observed of a window beside its gradients. Never changes a weight. */
export interface ObserveOptions {
  /** Also return the flow. */
  readonly flow: boolean
  /** Also return the probe flow, in the flow, which is then returned too. */
  readonly probe?: boolean
  /** Also return saturation. */
  readonly saturation?: boolean
}

export interface StepOptions extends ObserveOptions {
  /** The learning rate of this update, schedule applied. */
  readonly learningRate: number
  /** Also return accuracy and parameterNorms. */
  readonly metrics: boolean
}

export interface StepReport {
  /** Mean over the valid targets (softmax: nats; sigmoid: nats a label; identity: squared error an output). */
  readonly loss: number
  /** Share of right answers, softmax and sigmoid only, when metrics were asked for. */
  readonly accuracy?: number
  /** Norm of all parameter gradients together, before clipping. */
  readonly gradNorm: number
  readonly gradNormClipped: number
  /** norm: what every gradient was multiplied by; policies with many coefficients report gradNormClipped / gradNorm. */
  readonly clipCoefficient: number
  /** value, timestep by value: share of elements clipped; parameter_norm, adaptive: share of tensors or units; norm: 0 or 1. */
  readonly clippedFraction: number
  /** Gradient norm before clipping of each parameter by its full name, when metrics were asked for. */
  readonly parameterNorms?: Readonly<Record<string, number>>
  /**
   * False when loss or gradient norm were not finite, or the gradient, clipped, is so large that parameters, moments or what
   * the clipping policy remembers would not stay finite in float32 (a norm above 1.8e19 where squares are kept).
   */
  readonly finite: boolean
  /** False when the step was not finite and `nonfinite` is `fail` or `skip`: no weight, moment or counter has moved. */
  readonly updated: boolean
  readonly flow?: Flow
  /** Saturation of units and gates and spectral radii by series name, when asked for. */
  readonly saturation?: Readonly<Record<string, number>>
}

/** log10 of the norm over [N,H] of the total gradient that reaches a state: [layer][timestep], oldest first. -Infinity is an exact zero. With clipping by timestep: what was let through. */
export interface Flow {
  readonly h: readonly Float32Array[]
  /** Cells with a memory cell only. */
  readonly c?: readonly Float32Array[]
  /** The same of h where the loss of the last step is the only one, when asked for; never clipped, and down to any size. */
  readonly probe?: readonly ProbeNorms[]
}

/** The probe flow of one layer. */
export interface ProbeNorms {
  /** log₁₀ of the norm over [N,H] at each time step, oldest first. -Infinity is an exact zero. */
  readonly log10: Float64Array
  /** Derivatives of tanh and σ that the engine rounded to 0 where the norm became 0; 0 where it did not, or by a true zero. */
  readonly rounded: number
}

/** Loss and gradients of a batch, which no update follows yet. */
export interface GradientReport extends Pick<
  StepReport,
  'loss' | 'accuracy' | 'gradNorm' | 'parameterNorms' | 'flow' | 'saturation'
> {
  /** The share that a policy on timesteps has clipped; absent for any other. */
  readonly clippedFraction?: number
  /** Of the parameters that train, by full name. */
  readonly gradients: Readonly<Record<string, HostTensor>>
}

/** The sum of the squares of Lyapunov exponents, and its gradient. */
export interface SpectrumGradients {
  /** Σ λ² of all layers, in nats² a time step². */
  readonly squares: number
  /** Of the parameters that train, by full name. */
  readonly gradients: Readonly<Record<string, HostTensor>>
}

/** How far the gradient of truncated backpropagation is from the full one. */
export interface TruncationBias {
  /** ‖g_k - g_T‖/‖g_T‖. */
  readonly relative: number
  /** Of the angle between the two. */
  readonly cosine: number
}

export interface Evaluation {
  /** Mean over the valid targets, whatever their classes weigh in training. */
  readonly loss: number
  readonly accuracy?: number
  /** Of the read-out before its nonlinearity, [T,N,K], or [N,K] of many_to_one; where asked for. */
  readonly outputs?: Float32Array | Float64Array
}

export interface EvaluateOptions extends Pick<Window, 'from'> {
  /** Also return the outputs. */
  readonly outputs?: boolean
}

/** A tensor on the host. Float64Array from the oracle, Float32Array from every other engine. */
export interface HostTensor {
  readonly shape: readonly number[]
  readonly data: Float32Array | Float64Array
}

/** All a run needs to go on bit-exactly. Names: `layers.0.Wx`, `moments.m.layers.0.Wx`, `average.layers.0.Wx`, `carried.0.h`. */
export interface TrainingState {
  readonly tensors: Readonly<Record<string, HostTensor>>
  /** Updates applied; skipped ones do not count. */
  readonly updates: number
}

/** Steps of rows that each go on from a state of their own. */
export interface RowBatch extends Pick<Batch, 'steps' | 'inputs'> {
  /** Steps of each row, [N], from 0 to `steps`: after them its state stays as it is. */
  readonly lengths: Int32Array
  /** [T,N]: 0 at the steps of a row that are left out, at which its state stays as it is too; none are unless given. */
  readonly mask?: Uint8Array
  /** States before the first step, by layer and name, [N,H] each: `0.h`. */
  readonly states: Readonly<Record<string, Float32Array | Float64Array>>
}

/** What a network answers to rows. */
export interface PredictedRows {
  /** Of the read-out before its nonlinearity, [T,N,K], or [N,K] of many_to_one; of no meaning after a row's last step. */
  readonly outputs: Float32Array | Float64Array
  /** States after each row's last step, by the same names. */
  readonly states: Readonly<Record<string, Float32Array | Float64Array>>
}

/** Rows whose answers are explained, or the loss of whose answers is. */
export interface ExplainedBatch extends RowBatch {
  /** y: a sum of outputs, Σ w o, with w in the shape of the outputs of `predict`; or the loss of an evaluation with targets as there. */
  readonly of: { readonly weights: Float32Array } | Pick<Batch, 'targets'>
  /** Also gives every state and its gradient. */
  readonly traced?: boolean
}

/** What answers rest on. */
export interface ExplainedRows {
  /** ∂y/∂x_t, [T,N,X]: of vectors, of one-hot symbols, or of embedded ones. */
  readonly gradients: Float32Array | Float64Array
  /** Logistic gates by layer and letter, [T,N,H] each: `0.f`. */
  readonly gates: Readonly<Record<string, Float32Array | Float64Array>>
  readonly trace?: TracedRows
}

/** What went through a network on the way to an answer and back. */
export interface TracedRows {
  /** y, where it is a loss. */
  readonly loss?: number
  /** Of the read-out before its nonlinearity after every step, [T,N,K], of many_to_one too. */
  readonly outputs: Float32Array | Float64Array
  /** States by layer and name, [T,N,H] each: `0.h`. */
  readonly states: Readonly<Record<string, Float32Array | Float64Array>>
  /** ∂y/∂s_t of each state s, all ways together, by the same names and shapes. */
  readonly stateGradients: Readonly<Record<string, Float32Array | Float64Array>>
}

/** One run on one engine. Calls do not overlap: await each before the next. */
export interface Session {
  /** Forward, backward, clip, update. Errors: RangeError when the batch does not fit the program. */
  step(batch: Batch, window: Window, options: StepOptions): Promise<StepReport>
  /** The first part of `step`: loss and gradients of a batch, and the carried state moved on. Errors: as of `step`. */
  differentiate(batch: Batch, window: Window, options: ObserveOptions): Promise<GradientReport>
  /**
   * The rest of `step`: clips gradients and updates. Those of `differentiate` give the weights of `step` bit for bit.
   * Errors: RangeError when a gradient is absent or misshapen.
   */
  applyGradients(
    given: Pick<GradientReport, 'loss' | 'gradients' | 'clippedFraction'>,
    options: Pick<StepOptions, 'learningRate'>,
  ): Promise<StepReport>
  /** Moves the carried state `window.advance` steps on; learns nothing. */
  forward(batch: Batch, window: Pick<Window, 'from' | 'advance'>): Promise<void>
  /** Loss over all the batch's steps without learning, of the average of the weights where one is kept. `carried` goes on from the previous evaluate; training's carried state is untouched. */
  evaluate(batch: Batch, options?: EvaluateOptions): Promise<Evaluation>
  /** Answers rows without learning, and keeps no state; there may be any number of them. The numbers of a row are the same wherever it is in the batch and whatever the others are. */
  predict(rows: RowBatch): Promise<PredictedRows>
  /** Goes back from answers to what they rest on, whatever is in memory at once; learns nothing. */
  explain(rows: ExplainedBatch): Promise<ExplainedRows>
  /** Truncation bias on a batch that holds whole sequences, from the initial state, or that of the batch; learns nothing. */
  truncationBias(batch: Batch, truncation: { readonly k1: number; readonly k2: number }): Promise<TruncationBias>
  /** All that an update on this batch would go through, which is in memory at once; learns nothing. */
  inspect(batch: Batch, window: Window): Promise<InspectedStep>
  /**
   * A[s,t] = ‖∂L_s/∂h_t‖ of each layer before an update on this batch, never clipped; learns nothing.
   *
   * @param most sources that the steps with a loss are divided among
   */
  itemise(batch: Batch, window: Window, most: number): Promise<readonly SourceMatrix[]>
  /**
   * Lyapunov exponents of each layer's recurrence before an update on this batch; learns nothing.
   *
   * @param most exponents; as many as a layer's states have numbers at most
   */
  measureSpectrum(batch: Batch, window: Window, most: number): Promise<readonly Spectrum[]>
  /**
   * The gradient of the squares of those exponents, through the states that they depend on as well; learns nothing.
   *
   * @param most exponents; as many as a layer's states have numbers at most
   */
  differentiateSpectrum(batch: Batch, window: Window, most: number): Promise<SpectrumGradients>
  state(): Promise<TrainingState>
  /**
   * Goes on from another state, or from the program's own initial parameters, as if it had been opened there: what was compiled
   * stays. Errors: RangeError when a tensor of `state` is absent or misshapen.
   */
  restore(state?: TrainingState): Promise<void>
  /** Frees every tensor. The session must not be used after. */
  dispose(): void
}

/** What holds for the numbers of an engine, on what it computes. */
export interface Numerics {
  /** Whether the operands of products may be rounded to TF32, with 10 bits of mantissa. */
  readonly tf32: boolean
  /** Whether the same bits come out each time. */
  readonly deterministic: boolean
}

export interface Engine {
  /** `oracle` or `tfjs`. */
  readonly name: string
  /** What computes: `wasm`, `cpu`, `float64`. */
  readonly backend: string
  /** What its graphs are made for: how long its chunks are, and whether its shards may be on several GPUs. */
  readonly accelerator: Accelerator
  readonly numerics: Numerics
  /** Versions of the libraries that decide its numbers. */
  readonly versions: Readonly<Record<string, string>>
  /** Starts a run from `state`, or from the program's own initial parameters. Errors: RangeError when a tensor of `state` is absent or misshapen. */
  open(program: Program, state?: TrainingState): Promise<Session>
  /** Tensors held now, all sessions together. */
  live(): number
  dispose(): void
}
