import { Type, type Static } from 'typebox'
import { idPattern } from '../ids.ts'
import { checkpointChoice } from './checkpoint.ts'
import { measured } from './measured.ts'
import { nullable, time } from './nullable.ts'

const share = (description: string) => measured(description)

/** How the targets of one class, or of one label, were answered. */
const ClassScores = Type.Object({
  class: Type.String({ description: 'The class, or the place of the label, from 0.' }),
  support: Type.Integer({ description: 'Targets of it.' }),
  precision: share('Share of the answers of it that are right; NaN where there is none.'),
  recall: share('Share of its targets that are answered right; NaN where there is none.'),
  f1: share('Harmonic mean of precision and recall; NaN where it is neither a target nor an answer.'),
})

const HorizonScores = Type.Object({
  horizon: Type.Integer({ description: 'Steps ahead; 1 of numbers that are no forecast.' }),
  targets: Type.Integer(),
  mae: measured('Mean absolute error, in the units of the data.'),
  rmse: measured('Root of the mean squared error, in the units of the data.'),
})

/** What an evaluation of all held-out data of a part, or of another data set, comes to. */
export const EvaluationReport = Type.Object(
  {
    part: Type.Enum(['validation', 'test', 'dataset'], {
      type: 'string',
      description: 'Which data: what the job held out, or all of another data set.',
    }),
    id: Type.Optional(Type.String({ description: 'Of an evaluation on request.' })),
    dataset: Type.Optional(Type.String({ description: 'The other data set.' })),
    checkpoint: Type.Optional(Type.String({ description: 'The checkpoint whose weights answered it.' })),
    step: Type.Integer({ description: 'The step after which the weights were so.' }),
    sequences: Type.Optional(Type.Integer({ description: 'Sequences of the part; absent of a text.' })),
    targets: Type.Integer({ description: 'Targets that were answered, all batches together.' }),
    scores: Type.Record(
      Type.String(),
      measured('A score by its name: loss, accuracy, macro_f1, mae, rmse, perplexity.'),
    ),
    classes: Type.Optional(Type.Array(ClassScores, { description: 'Of classes and labels: how each was answered.' })),
    confusion: Type.Optional(
      Type.Array(Type.Array(Type.Integer()), {
        description:
          'Of at most 100 classes, in the order of `classes`: a row for each class of a target, with how often each class was the answer.',
      }),
    ),
    horizons: Type.Optional(Type.Array(HorizonScores, { description: 'Of numbers: the error at each horizon.' })),
  },
  { title: 'EvaluationReport' },
)
export type EvaluationReport = Static<typeof EvaluationReport>

/** What a checkpoint is evaluated on. */
export const EvaluationRequest = Type.Object(
  {
    dataset: Type.String({
      pattern: idPattern('dataset'),
      description: 'All of this data set is answered. It must have the fields, classes and symbols of the model.',
    }),
    checkpoint: checkpointChoice('The weights that answer'),
  },
  { additionalProperties: false, title: 'EvaluationRequest' },
)
export type EvaluationRequest = Static<typeof EvaluationRequest>

export const EVALUATION_STATUSES = ['queued', 'running', 'succeeded', 'failed'] as const

/** An evaluation of a checkpoint on a data set, on request. */
export const Evaluation = Type.Object(
  {
    id: Type.String(),
    object: Type.Literal('evaluation'),
    job: Type.String(),
    dataset: Type.String(),
    checkpoint: Type.String(),
    step: Type.Integer({ description: 'The last step before the checkpoint.' }),
    status: Type.Enum(EVALUATION_STATUSES as unknown as [...typeof EVALUATION_STATUSES], { type: 'string' }),
    created_at: time('When it was requested.'),
    finished_at: nullable(time('When it ended.')),
    report: nullable(EvaluationReport),
    error: nullable(Type.Object({ code: Type.String(), message: Type.String() }, { description: 'Why it failed.' })),
  },
  { title: 'Evaluation' },
)
export type Evaluation = Static<typeof Evaluation>
