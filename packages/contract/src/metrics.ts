/** Norms of the gradients of one layer at one training step. Total flow: `log₁₀` of ‖∂L/∂h_t‖ and, where the cell has a memory cell, of ‖∂L/∂c_t‖, for t = 1 … T. Exact zero is -Infinity. */
export interface LayerFlow {
  h: Float32Array
  c?: Float32Array
  /**
   * Probe flow, if it is observed: `log₁₀` of ‖∂L_T/∂h_t‖ for the loss of the last step only. φ(k) is its k-th number
   * from the end. It has values below what float32 holds; rows of earlier releases have float32, and 0 below it.
   */
  probe?: Float64Array | Float32Array
  /**
   * With the probe flow, one number: the derivatives of tanh and σ that the engine rounded to 0 where the probe flow became an
   * exact zero; 0 where it did not, or by a true zero.
   */
  rounded?: Float32Array
  /** The itemised matrix, if it is observed: `log₁₀` of ‖∂L_s/∂h_t‖, a row of T numbers for each source s. */
  matrix?: Float32Array
  /** The first time step of each source of the matrix, from 1; a source goes on to the next, the last to T. */
  sources?: Float32Array
}

/** The metrics of one training step. Values are plain numbers; Inf and NaN are data. */
export interface MetricRow {
  /** The update of this row, from 1. */
  step: number
  /** By series name: `loss`, `grad_norm`, …, `grad_norm/<parameter>`. A series missing from a row was not measured at that step. */
  series: Record<string, number>
  /** One entry a layer, at the steps where the flow is observed. */
  flow?: LayerFlow[]
}

/**
 * Rows in the form in which a worker sends them to the store. Sequence numbers count the rows of an epoch from 1
 * without a gap.
 */
export interface MetricFrame {
  firstSeq: number
  rows: MetricRow[]
}

/** Series of a run with their descriptions. */
export const SERIES = {
  loss: 'Training loss of the step, mean over valid targets, in nats or squared units.',
  accuracy: 'Share of targets hit, where there are classes.',
  grad_norm: 'Global norm of the gradient before clipping.',
  grad_norm_clipped: 'Global norm of the gradient after clipping.',
  grad_norm_max: 'Largest finite global norm of the gradient before clipping so far, steps without a row included.',
  clip_coefficient: 'Factor the gradient was scaled by; 1 when it was left alone.',
  clipped_fraction: 'Share of elements clamped (value) or 0/1 (norm policies).',
  clipped_share: 'Running share of steps at which clipping acted.',
  flossing: 'Sum of the squares of the Lyapunov exponents that flossing pushes to 0, where an update learns from them.',
  learning_rate: 'Learning rate of the step.',
  sequence_length: 'T of the sequences of the step, where a curriculum has them grow.',
  k2: 'Time steps that the gradient of the step reaches back at most, where they are chosen anew during training.',
  truncation_bound:
    'Estimated bound of the relative bias of truncation with the k2 that is chosen at the step; Infinity where there is none.',
  gradient_decay:
    'β of the step, from which k2 is chosen: by what a gradient is multiplied at each further time step back, fitted to the older half of them.',
  updates_skipped: 'Updates dropped so far by the policy for non-finite gradients.',
  updates_zeroed:
    'Updates so far in which elements of the gradient that were not finite were set to 0; from the first on.',
  step_ms: 'Milliseconds of the step.',
  evaluation_loss: 'Loss on held-out data.',
  evaluation_accuracy: 'Accuracy on held-out data.',
  evaluation_macro_f1: 'F1 on held-out data, mean over the classes that occur there or are answered.',
  evaluation_mae: 'Mean absolute error on held-out data, in the units of the data.',
  evaluation_rmse: 'Root of the mean squared error on held-out data, in the units of the data.',
  evaluation_perplexity: 'exp(evaluation_loss) of next symbols.',
  evaluation_bits_per_character: 'evaluation_loss of next symbols in bits.',
  flow_nonfinite: 'Norms of the flow that are Inf or NaN, all layers and time steps together.',
  flow_zero: 'Norms of the flow that are exactly 0: gradients below what float32 holds.',
  first_nonfinite_layer: 'Layer, from 0, where the gradient on its way back is first not finite.',
  first_nonfinite_timestep: 'Time step, from 1, where it is.',
  truncation_bias: '‖g_k - g_T‖/‖g_T‖ of the truncated and the full gradient, on a held-out batch.',
  truncation_cosine: 'Cosine of the angle between the truncated and the full gradient.',
} as const

export type SeriesName = keyof typeof SERIES

/** Series of evaluations, and whether the least or the greatest value is the best. */
export const EVALUATED = {
  evaluation_loss: 'min',
  evaluation_accuracy: 'max',
  evaluation_macro_f1: 'max',
  evaluation_mae: 'min',
  evaluation_rmse: 'min',
  evaluation_perplexity: 'min',
  evaluation_bits_per_character: 'min',
} as const satisfies Partial<Record<SeriesName, 'min' | 'max'>>

export type EvaluatedName = keyof typeof EVALUATED

export const EVALUATED_NAMES = Object.keys(EVALUATED) as [EvaluatedName, ...EvaluatedName[]]

/** What `value` of a series of evaluations is, such that less is better. */
export function badness(series: EvaluatedName, value: number): number {
  return EVALUATED[series] === 'min' ? value : -value
}

/** Series there are several of: `<family>/<of what>`. */
export const SERIES_FAMILIES = {
  evaluation_loss:
    'evaluation_loss of sequences of another length, or of the length that a curriculum has reached: `evaluation_loss/200`.',
  evaluation_accuracy:
    'evaluation_accuracy of sequences of another length, or of the length that a curriculum has reached: `evaluation_accuracy/200`.',
  evaluation_mae: 'evaluation_mae of one horizon of a forecast: `evaluation_mae/3`, three steps ahead.',
  evaluation_rmse: 'evaluation_rmse of one horizon of a forecast: `evaluation_rmse/3`.',
  grad_norm: 'Norm of the gradient of a parameter tensor before clipping: `grad_norm/layers.0.Wh`.',
  saturation:
    'Mean of 1-|h| of a layer whose units are bounded, `saturation/layers.0`; below 0.05 its units are saturated.',
  gate: 'Mean of a gate v: `gate/layers.0.f`.',
  gate_saturation: 'Mean of min(v, 1-v) of a gate v, `gate_saturation/layers.0.f`; below 0.05 it hardly moves.',
  spectral_radius:
    'Largest magnitude of an eigenvalue of the recurrent weights of a gate, to a few percent: `spectral_radius/layers.0.Wh.f`; of `lru` exactly: `spectral_radius/layers.0.lambda`.',
  lyapunov:
    'Finite-time Lyapunov exponent of the recurrence of a layer, the largest first, in nats a time step: `lyapunov/layers.0.1`.',
  lyapunov_ended:
    'Share of the rows in which the direction of a Lyapunov exponent ends in an exact zero, such as of a relu that is off, `lyapunov_ended/layers.0.1`; the exponent is the mean of the others. Where there are any.',
  log10_condition:
    'log₁₀ of the condition number of the Jacobian of all time steps of a layer, over the directions whose exponents are observed: `log10_condition/layers.0`.',
  lyapunov_horizon:
    'Time steps after which the largest exponent leaves less than 1 % of a gradient, `lyapunov_horizon/layers.0`; Infinity where it does not shrink.',
} as const

/** Default ε of the horizon K_ε, the number of time steps after which less than this share of a gradient is left. */
export const EPSILON = 0.01

/** The series of a family for `of`: a parameter, a layer or a gate. */
export function nameSeries(family: keyof typeof SERIES_FAMILIES, of: string): string {
  return `${family}/${of}`
}

/** A position in a run's metrics, attempt and row, written `{epoch}.{seq}`. */
export interface Cursor {
  epoch: number
  seq: number
}

export const CURSOR_PATTERN = String.raw`^\d{1,9}\.\d{1,12}$`

export function formatCursor({ epoch, seq }: Cursor): string {
  return `${epoch}.${seq}`
}

/** The cursor in `text`, which must match `CURSOR_PATTERN`. */
export function parseCursor(text: string): Cursor {
  const [epoch, seq] = text.split('.').map(Number)
  return { epoch: epoch ?? 0, seq: seq ?? 0 }
}

/** A number in JSON: non-finite values are the strings "NaN", "Infinity" and "-Infinity". */
export type JsonNumber = number | 'NaN' | 'Infinity' | '-Infinity'

export function toJsonNumber(value: number): JsonNumber {
  return Number.isFinite(value) ? value : (String(value) as JsonNumber)
}

/** The number that `toJsonNumber` wrote. */
export function fromJsonNumber(value: JsonNumber): number {
  return Number(value)
}
