import { Type, type Static } from 'typebox'
import { checkpointChoice } from './checkpoint.ts'
import { measured } from './measured.ts'
import { nullable } from './nullable.ts'

/** Characters or symbols of a prompt, at most. */
export const MOST_PROMPT = 1_000_000

/** Sequences of a request, at most. */
export const MOST_INPUTS = 10_000

/** What a trained network is asked. */
export const PredictionRequest = Type.Object(
  {
    checkpoint: checkpointChoice('The weights that answer'),
    inputs: Type.Optional(
      Type.Array(Type.Unknown(), {
        minItems: 1,
        maxItems: MOST_INPUTS,
        description:
          'Sequences to answer. Each is a list of steps, or an object with such a list for each field that the model reads; a text for a model of text. Numbers are as in the data, before normalisation; null is missing.',
      }),
    ),
    prompt: Type.Optional(
      Type.Union([Type.String({ maxLength: MOST_PROMPT }), Type.Array(Type.String(), { maxItems: MOST_PROMPT })], {
        description:
          'Has a model of text, or of the next symbol, write on from here. Empty: from a new line, or from the first symbol of the model where it knows no new line.',
      }),
    ),
    length: Type.Integer({
      default: 200,
      minimum: 1,
      maximum: 1_000_000,
      description: 'Characters or symbols to write after `prompt`.',
    }),
    temperature: Type.Number({
      default: 1,
      minimum: 0,
      maximum: 100,
      description: 'What logits are divided by before one is drawn; 0 writes the likeliest each time.',
    }),
    top_k: Type.Optional(
      nullable(
        Type.Integer({ minimum: 1, description: 'Draws among so many of the likeliest; all of them with null.' }),
      ),
    ),
    seed: Type.Integer({
      default: 0,
      minimum: 0,
      maximum: 2 ** 32 - 1,
      description: 'Of what is drawn: the same request with the same seed is answered with the same text.',
    }),
    steps: Type.Boolean({ default: false, description: 'Also gives what is answered after each step.' }),
    saliency: Type.Boolean({
      default: false,
      description:
        'Also gives the norm of the gradient of the answer with respect to the input of each step, ‖∂y/∂x_t‖, where y is the largest output, or the first of numbers, after the last step.',
    }),
    gates: Type.Boolean({
      default: false,
      description: 'Also gives the mean over units of each gate of each layer, at each step.',
    }),
  },
  { additionalProperties: false, title: 'PredictionRequest' },
)
export type PredictionRequest = Static<typeof PredictionRequest>

/** What is answered after a step. */
export const PredictedAnswer = Type.Object(
  {
    class: Type.Optional(Type.String({ description: 'Of classes and symbols: the likeliest.' })),
    probabilities: Type.Optional(
      Type.Record(Type.String(), measured('Of a class or symbol.'), { description: 'Of each class or symbol.' }),
    ),
    labels: Type.Optional(Type.Array(measured('Of a label.'), { description: 'Probability of each label.' })),
    values: Type.Optional(
      Type.Array(Type.Array(measured('In the units of the data.')), {
        description: 'Numbers, a list for each horizon; quantiles of a number lie side by side.',
      }),
    ),
  },
  { title: 'PredictedAnswer' },
)
export type PredictedAnswer = Static<typeof PredictedAnswer>

/** What is answered to a sequence. */
export const SequencePrediction = Type.Object(
  {
    length: Type.Integer({ description: 'Its steps.' }),
    answer: { ...PredictedAnswer, description: 'After the last step.' },
    steps: Type.Optional(Type.Array(PredictedAnswer, { description: 'After each step, where asked for.' })),
    nats: Type.Optional(
      nullable(measured('Of the next symbol: mean of -log p of each symbol after the first; null of a single one.')),
    ),
    saliency: Type.Optional(Type.Array(measured('‖∂y/∂x_t‖'), { description: 'At each step, where asked for.' })),
    gates: Type.Optional(
      Type.Record(Type.String(), Type.Array(measured('Mean over units.')), {
        description: 'By layer and gate, such as `0.f`: a number for each step, where asked for.',
      }),
    ),
  },
  { title: 'SequencePrediction' },
)
export type SequencePrediction = Static<typeof SequencePrediction>

const ANSWERED = {
  object: Type.Literal('prediction'),
  job: Type.String(),
  checkpoint: Type.String({ description: 'The checkpoint whose weights have answered.' }),
  step: Type.Integer({ description: 'The last step before it.' }),
  version: Type.Optional(Type.Integer({ description: 'Of a registered model: the version that has answered.' })),
}

/** The answer to `inputs`, or what was written after `prompt`. */
export const Prediction = Type.Object(
  {
    ...ANSWERED,
    predictions: Type.Optional(Type.Array(SequencePrediction, { description: 'One for each of `inputs`, in order.' })),
    text: Type.Optional(Type.String({ description: 'What was written after `prompt`, without it.' })),
    symbols: Type.Optional(Type.Array(Type.String(), { description: 'The same of a model of symbols.' })),
  },
  { title: 'Prediction' },
)
export type Prediction = Static<typeof Prediction>
