import { Type, type Static } from 'typebox'
import { checkpointChoice } from './checkpoint.ts'
import { measured } from './measured.ts'
import { nullable } from './nullable.ts'
import { PredictedAnswer } from './prediction.ts'

/** Which sequence is followed through a trained network. */
export const TraceRequest = Type.Object(
  {
    checkpoint: checkpointChoice('The weights'),
    input: Type.Optional(Type.Unknown({ description: 'A sequence, as one of `inputs` of a prediction.' })),
    sample: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: 9_999,
        description:
          'In place of `input`: a sequence that the run evaluates, by its place, with its target; 0 where neither is given.',
      }),
    ),
    target: Type.Optional(
      Type.Unknown({
        description:
          'What should be answered to `input`: a class; a list of a number for each output or label, in the units of the data; of an answer after each step a list of these, null where there is none. The target of a text is the text itself.',
      }),
    ),
  },
  { additionalProperties: false, title: 'TraceRequest' },
)
export type TraceRequest = Static<typeof TraceRequest>

/** A number for each unit at each step, [T,H]. */
function unitsByStep(description: string) {
  return Type.Record(Type.String(), Type.Array(Type.Array(measured('Of a unit.'))), { description })
}

const TracedLayer = Type.Object(
  {
    name: Type.String({ description: 'Such as `layers.0`, or `layers.0.backward` of one of two directions.' }),
    gates: unitsByStep('Logistic gates by their letters, [T,H] each.'),
    states: unitsByStep('`h`, the output, and the other states of the cell such as the memory cell `c`, [T,H] each.'),
    gradients: unitsByStep('∂L/∂s_t of each state s, all ways from L together, [T,H] each.'),
  },
  { title: 'TracedLayer' },
)

/** What a network computes of one sequence, step by step, forward and back. */
export const Trace = Type.Object(
  {
    object: Type.Literal('trace'),
    job: Type.String(),
    checkpoint: Type.String({ description: 'The checkpoint whose weights were used.' }),
    step: Type.Integer({ description: 'The last step before it.' }),
    length: Type.Integer({ description: 'Steps of the sequence: T.' }),
    of: Type.Enum(['loss', 'answer'], {
      type: 'string',
      description:
        'L, which is gone back from: the loss of the sequence; or, where no target is known, the largest output, or the first of numbers, after the last step.',
    }),
    loss: nullable(measured('The loss, where it is L.')),
    inputs: Type.Array(Type.Union([Type.String(), Type.Array(measured('A component, normalised.'))]), {
      description: 'x_t as the network reads it: a symbol, or numbers.',
    }),
    answers: Type.Array(PredictedAnswer, {
      description:
        'What the read-out makes of h_t after each step, also where only the last one counts: of a bidirectional network then with all that its backward directions have read.',
    }),
    targets: Type.Array(nullable(PredictedAnswer), {
      description: 'What should be answered, after each step or after the last; null where nothing is known.',
    }),
    saliency: Type.Array(measured('‖∂L/∂x_t‖'), { description: 'At each step.' }),
    layers: Type.Array(TracedLayer, {
      description:
        'The lowest first; of two directions the forward one first. Steps are those of the sequence in either.',
    }),
  },
  { title: 'Trace' },
)
export type Trace = Static<typeof Trace>
