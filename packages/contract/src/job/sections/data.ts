import { Type, type Static } from 'typebox'
import { integer, number, oneOf } from '../../schema/fields.ts'
import { idPattern } from '../../ids.ts'
import { variant } from '../../schema/variant.ts'
import { TASK_SCHEMAS } from '../tasks/tasks.ts'

/** What may be learned of sequences. */
export const PROBLEM_NAMES = [
  'classification',
  'sequence_labels',
  'multi_label',
  'regression',
  'forecast',
  'next_symbol',
] as const
export type ProblemName = (typeof PROBLEM_NAMES)[number]

/** Losses by name: the first two are those of classes and of labels, the others those of numbers. */
export const LOSS_NAMES = ['cross_entropy', 'binary', 'mse', 'mae', 'huber', 'quantile'] as const
export type LossName = (typeof LOSS_NAMES)[number]

/** What makes answers of the outputs of a network. */
export const READOUT_NAMES = ['softmax', 'sigmoid', 'identity'] as const
export type ReadoutName = (typeof READOUT_NAMES)[number]

/** The longest that the name of a field may be. */
const FIELD = Type.String({ minLength: 1, maxLength: 256 })

const share = (description: string) => Type.Optional(number(description, { minimum: 0, maximum: 1 }))

/** Which sequences train, and which are held out. */
const Split = Type.Object(
  {
    by: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 256,
        description:
          'How sequences are told apart: `random`; `order`, the last are held out (of a forecast, and of a single sequence: the last steps of each); or the name of a field for each sequence that says train, validation or test. Unless given: the field `split` where the data set has one, `order` for a forecast or a single sequence, else `random`.',
      }),
    ),
    train: share('Share that trains; all that is not held out unless given.'),
    validation: share('Share that is held out for evaluation; validation_fraction unless given.'),
    test: share('Share that is evaluated once, when the run has ended; none unless given.'),
    seed: Type.Optional(integer('Seed of a random split; 1 unless given.', { minimum: 0, maximum: 4_294_967_295 })),
  },
  {
    additionalProperties: false,
    description: 'Of sequences: which train, and which are held out.',
  },
)

/** What a job on sequences may say, and a job on text may not. Nothing has a default here: what is left out follows from the fields of the data set. */
const SEQUENCE_FIELDS = {
  inputs: Type.Optional(
    Type.Union([FIELD, Type.Array(FIELD, { minItems: 1, maxItems: 1000 })], {
      description:
        'Of sequences: the field or fields that are read at each step. Unless given: the field `inputs`, else all fields of numbers for each step but the target, else the only field of categories.',
    }),
  ),
  target: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 256,
      description:
        'Of sequences: the field that is to be answered. Unless given: `label`, `target`, `targets`, `class` or `y`, the first there is; of a forecast the inputs.',
    }),
  ),
  problem: Type.Optional(
    oneOf(
      'Of sequences: what is learned. `classification`: a class for each sequence; `sequence_labels`: one for each step; `multi_label`: labels of 0 and 1 that do not exclude each other; `regression`: numbers; `forecast`: the next `horizon` values at each step; `next_symbol`: the next symbol at each step. Unless given it follows from the target.',
      PROBLEM_NAMES,
    ),
  ),
  horizon: Type.Optional(
    integer('Of a forecast: steps ahead that are answered at each step; 1 unless given.', {
      minimum: 1,
      maximum: 10_000,
    }),
  ),
  season: Type.Optional(
    integer(
      'Of a forecast: steps of a season. The baseline it is compared with repeats the newest season; 1, the newest value, unless given.',
      { minimum: 1, maximum: 1_000_000 },
    ),
  ),
  split: Type.Optional(Split),
  normalise: Type.Optional(
    oneOf(
      'Of sequences: what is done to each number of inputs and of targets to learn, with statistics of the training part alone. `standard`: less the mean, by the standard deviation; `minmax`: to [0, 1]; `none`. `standard` unless given.',
      ['standard', 'minmax', 'none'],
    ),
  ),
  missing: Type.Optional(
    oneOf(
      'Of sequences: what is done where an input is missing. `refuse`: the job; `mask`: the mean stands there, and a further input says whether the field was observed (Che et al. 2018); `impute`: the last value before, else the mean. `refuse` unless given. A target that is missing has no loss.',
      ['refuse', 'mask', 'impute'],
    ),
  ),
  mask: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 256,
      description:
        'Of sequences: the field that says of each step whether it counts, 1, or is left out, 0, as Keras masks: the state stays as it is there, and nothing is learned of its values. Unless given: a field `mask` of 0 and 1 for each step that is not among `inputs`.',
    }),
  ),
  initial_state: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 256,
      description:
        'Of sequences: the field of numbers that says from which state each sequence begins: the states of all layers side by side, of each layer h, of an LSTM then c. Zeros, or what the model learns, unless given.',
    }),
  ),
  class_weights: Type.Optional(
    oneOf(
      'Of classes: how much a target weighs in the loss of training. `balanced`: n/(K n_c), of n targets n_c of its class, one of K; `none`: all the same. `none` unless given.',
      ['none', 'balanced'],
    ),
  ),
  loss: Type.Optional(
    oneOf(
      'Of sequences: the loss. Classes have `cross_entropy`, labels, and classes of readout `sigmoid`, `binary`; numbers one of `mse`, `mae`, `huber` and `quantile`, `mse` unless given.',
      LOSS_NAMES,
    ),
  ),
  readout: Type.Optional(
    oneOf(
      'Of sequences: what makes answers of the outputs. `softmax`: classes that exclude each other, with probabilities that add up to 1; `sigmoid`: a probability of its own for each label, or for each class against all others (one-vs-rest), so that a sequence of none of them has no likely one; `identity`: numbers. Classes may have `softmax` or `sigmoid`; labels have `sigmoid`, numbers `identity`. The first that the problem may have unless given.',
      READOUT_NAMES,
    ),
  ),
  huber_delta: Type.Optional(
    number('Of loss `huber`: the error, normalised, from which on it grows linearly; 1 unless given.', {
      exclusiveMinimum: 0,
    }),
  ),
  quantiles: Type.Optional(
    Type.Array(number('', { exclusiveMinimum: 0, exclusiveMaximum: 1 }), {
      minItems: 1,
      maxItems: 99,
      description: 'Of loss `quantile`: the quantiles that are answered, ascending; 0.1, 0.5 and 0.9 unless given.',
    }),
  ),
  max_length: Type.Optional(
    integer('Of sequences: steps of each that count, the first ones; all unless given.', {
      minimum: 1,
      maximum: 100_000,
    }),
  ),
  bucket_lengths: Type.Optional(
    Type.Array(Type.Integer({ minimum: 1, maximum: 100_000 }), {
      minItems: 1,
      maxItems: 16,
      description:
        'Of sequences: steps that batches are padded to, ascending; sequences of about a length share a batch. Unless given: the longest, and halves of it, at most 4.',
    }),
  ),
}
export const SEQUENCE_FIELD_NAMES = Object.keys(SEQUENCE_FIELDS) as (keyof typeof SEQUENCE_FIELDS)[]

/** Training on an uploaded data set. */
export const DatasetReference = Type.Object(
  {
    dataset: Type.String({
      pattern: idPattern('dataset'),
      description:
        'Id of an uploaded data set. Text trains next-symbol prediction, the state carried along the text; sequences what the fields below say, the state carried along those that are longer than sequence_length.',
    }),
    validation_fraction: number(
      'Share that is held out for evaluation: the end of a text, or of sequences as `split` says.',
      { default: 0.05, minimum: 0, maximum: 0.5 },
    ),
    ...SEQUENCE_FIELDS,
  },
  { additionalProperties: false, title: 'dataset' },
)
export type DatasetReference = Static<typeof DatasetReference>

/** What is learned: a built-in task or an uploaded data set. */
export const Data = variant('task', [...TASK_SCHEMAS, DatasetReference], {
  description: 'The training data: a built-in task (`task`) or an uploaded data set (`dataset`).',
})
export type Data = Static<typeof Data>

/** True when the job trains on an uploaded data set. */
export function usesDataset(data: Data): data is Extract<Data, { dataset: string }> {
  return 'dataset' in data
}
