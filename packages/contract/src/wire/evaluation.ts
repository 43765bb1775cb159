import { Type, type Static } from 'typebox'
import { measured } from './measured.ts'

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

/** What an evaluation of all held-out data of a part comes to. */
export const EvaluationReport = Type.Object(
  {
    part: Type.Enum(['validation', 'test'], { type: 'string', description: 'Which held-out data.' }),
    step: Type.Integer({ description: 'The step after which it was made.' }),
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
