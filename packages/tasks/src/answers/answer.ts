import { toJsonNumber, type DecodedScale, type Decoding, type PredictedAnswer } from '@unroll/contract'

type Outputs = ArrayLike<number>

/** Reads the outputs of a step of the network, before the nonlinearity of the read-out, as the answer that they stand for. */
export function answerReader(model: Decoding): (outputs: Outputs) => PredictedAnswer {
  if (model.kind === 'text') return (outputs) => readClasses(outputs, model.vocabulary)
  const { readout, classes = [], fields = [], horizon = 1, quantiles = [0.5] } = model.outputs
  if (readout === 'softmax') return (outputs) => readClasses(outputs, classes)
  if (readout === 'sigmoid' && model.outputs.classes) return (outputs) => readClasses(outputs, classes, sigmoid)
  if (readout === 'sigmoid') return (outputs) => ({ labels: Array.from(sigmoid(outputs), toJsonNumber) })
  const scales = fields.flatMap(({ scales: own = [] }) => own)
  return (outputs) => ({ values: readNumbers(outputs, scales, horizon, quantiles.length) })
}

function readClasses(logits: Outputs, classes: readonly string[], squash = softmax): PredictedAnswer {
  const probabilities = squash(logits)
  return {
    class: classes[findLargest(logits)] ?? '',
    probabilities: Object.fromEntries(classes.map((name, id) => [name, toJsonNumber(probabilities[id]!)])),
  }
}

/** Numbers in the units of the data, a list for each horizon. */
function readNumbers(
  outputs: Outputs,
  scales: readonly DecodedScale[],
  horizon: number,
  answers: number,
): NonNullable<PredictedAnswer['values']> {
  const perHorizon = scales.length * answers
  return Array.from({ length: horizon }, (_, j) =>
    Array.from({ length: perHorizon }, (__, i) => {
      const { offset, unit } = scales[Math.floor(i / answers)]!
      return toJsonNumber(outputs[j * perHorizon + i]! * unit + offset)
    }),
  )
}

/** p = exp(o - max) / Σ exp(o - max), in float64. */
export function softmax(logits: Outputs): Float64Array {
  const largest = logits[findLargest(logits)]!
  const weights = Float64Array.from(logits, (logit) => Math.exp(logit - largest))
  const sum = weights.reduce((total, weight) => total + weight, 0)
  return weights.map((weight) => weight / sum)
}

/** p = 1 / (1 + exp(-o)) of each, in float64. */
function sigmoid(logits: Outputs): Float64Array {
  return Float64Array.from(logits, (logit) => 1 / (1 + Math.exp(-logit)))
}

/** The place of the largest, the first of equals. */
export function findLargest(values: Outputs): number {
  let best = 0
  for (let i = 1; i < values.length; i++) if (values[i]! > values[best]!) best = i
  return best
}
