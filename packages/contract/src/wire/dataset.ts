import { Type, type Static } from 'typebox'
import { TEXT_UNITS } from '../text_unit.ts'
import { DATASET_FORMATS } from './dataset_formats.ts'
import { nullable, time } from './nullable.ts'

const UPLOADED = {
  id: Type.String(),
  object: Type.Literal('dataset'),
  name: Type.String(),
}

/** What is found in a text. */
const TEXT = {
  kind: Type.Enum(['text'], { type: 'string', description: 'A text, which jobs train on symbol by symbol.' }),
  bytes: Type.Integer(),
  sha256: Type.String({ description: 'Hex digest of the bytes as uploaded.' }),
  characters: Type.Integer({ description: 'Unicode code points.' }),
  unit: Type.Optional(
    Type.Enum(TEXT_UNITS, { type: 'string', description: 'What a symbol is; a character where nothing is said.' }),
  ),
  symbols: Type.Optional(
    Type.Integer({ description: 'Symbols of that unit; as many as characters where nothing is said.' }),
  ),
  vocabulary_size: Type.Integer({ description: 'Distinct symbols.' }),
  start: Type.Optional(
    Type.String({ description: 'The first 500 characters or so; absent of texts uploaded earlier.' }),
  ),
  vocabulary: Type.Optional(
    Type.Array(Type.String(), {
      description:
        'Of its distinct symbols 100 at most: characters by their code points, bytes in hex, words as they first appear; absent of texts uploaded earlier.',
    }),
  ),
}

/** An uploaded text. */
export const TextDataset = Type.Object(
  { ...UPLOADED, ...TEXT, created_at: time('When the upload was complete.') },
  { title: 'TextDataset' },
)
export type TextDataset = Static<typeof TextDataset>

/** A class or symbol. */
export const DatasetCategory = Type.Object(
  { value: Type.String(), count: Type.Integer({ minimum: 1 }) },
  { title: 'DatasetCategory' },
)
export type DatasetCategory = Static<typeof DatasetCategory>

/** What a data set has a value of at each step, or one of for each sequence. */
export const DatasetField = Type.Object(
  {
    name: Type.String(),
    source: Type.Optional(
      Type.String({ description: 'What it is called in the upload, and in its query, where that is another name.' }),
    ),
    per: Type.Enum(['step', 'sequence'], { type: 'string', description: 'What has a value each.' }),
    type: Type.Enum(['number', 'category', 'identifier'], {
      type: 'string',
      description:
        'Numbers; texts of which each is a class or symbol; or texts that name a sequence and are nothing to learn. ' +
        'Numbers of a sequence and whole numbers at each step can be taken as classes too, and classes that are numerals as numbers.',
    }),
    width: Type.Integer({ minimum: 1, description: 'Numbers at each step, or for each sequence; 1 for texts.' }),
    missing: Type.Integer({ minimum: 0, description: 'Values that are missing, of all numbers or texts.' }),
    min: nullable(Type.Number({ description: 'Of the numbers that are there; null without any.' })),
    max: nullable(Type.Number()),
    mean: nullable(Type.Number()),
    std: nullable(Type.Number({ description: 'Standard deviation of all that are there, not of a sample of them.' })),
    distinct: nullable(
      Type.Integer({
        description:
          'Different values; null where they are not counted: numbers over 1000 for each sequence, and at each step those that are not whole or over 100.',
      }),
    ),
    categories: Type.Array(DatasetCategory, {
      description: 'The first 1000 different values of classes, in the order in which they first appear.',
    }),
  },
  { title: 'DatasetField' },
)
export type DatasetField = Static<typeof DatasetField>

/** How long sequences are. */
export const SequenceLengths = Type.Object(
  {
    min: Type.Integer({ minimum: 1 }),
    median: Type.Number({ minimum: 1 }),
    max: Type.Integer({ minimum: 1 }),
    histogram: Type.Array(
      Type.Object({ from: Type.Integer(), to: Type.Integer(), count: Type.Integer({ minimum: 0 }) }),
      { description: 'Sequences by length, `from` to `to` inclusive, in at most 20 bins of one width.' },
    ),
  },
  { title: 'SequenceLengths', description: 'Steps of the sequences.' },
)
export type SequenceLengths = Static<typeof SequenceLengths>

/** What is found out about sequences while they are read. */
const READ = {
  sequences: Type.Integer({ minimum: 1 }),
  steps: Type.Integer({ minimum: 1, description: 'Of all sequences together.' }),
  lengths: SequenceLengths,
  fields: Type.Array(DatasetField),
  values_sha256: Type.String({
    description: 'Hex digest of the values in their order: the same whatever the format they were uploaded in.',
  }),
}

/** The schema of sequences: what each field is, and what was met in it. */
export const SequenceSchema = Type.Object(READ)
export type SequenceSchema = Static<typeof SequenceSchema>

/** What is found in sequences. */
const SEQUENCES = {
  kind: Type.Enum(['sequences'], { type: 'string', description: 'Sequences of numbers or symbols.' }),
  format: Type.Enum(DATASET_FORMATS, { type: 'string', description: 'What was uploaded.' }),
  bytes: Type.Integer({ description: 'As uploaded.' }),
  sha256: Type.String({ description: 'Hex digest of the bytes as uploaded.' }),
  ...READ,
}

/** Uploaded sequences. */
export const SequenceDataset = Type.Object(
  {
    ...UPLOADED,
    ...SEQUENCES,
    stored_bytes: Type.Integer({ description: 'As kept, in the Arrow IPC file format.' }),
    created_at: time('When the upload was complete.'),
  },
  { title: 'SequenceDataset' },
)
export type SequenceDataset = Static<typeof SequenceDataset>

/** One of the first sequences of a data set, to look at. */
export const SampleSequence = Type.Object(
  {
    index: Type.Integer({ minimum: 0, description: 'Its place among the sequences, from 0.' }),
    length: Type.Integer({ minimum: 1, description: 'Its steps: T.' }),
    values: Type.Record(Type.String(), Type.Unknown(), {
      description:
        'By field: the one value of the sequence, or a list of those of its first steps, 100 at most; a list of numbers where there are several. Null where one is missing.',
    }),
  },
  { title: 'SampleSequence' },
)
export type SampleSequence = Static<typeof SampleSequence>

const DRY_RUN = { object: Type.Literal('dry_run') }

/** What an upload would be as a data set. Nothing was stored. */
export const DatasetDryRun = Type.Union(
  [
    Type.Object({ ...DRY_RUN, ...TEXT }, { title: 'TextDryRun' }),
    Type.Object({ ...DRY_RUN, ...SEQUENCES, samples: Type.Array(SampleSequence) }, { title: 'SequenceDryRun' }),
  ],
  { title: 'DatasetDryRun', discriminator: { propertyName: 'kind' } },
)
export type DatasetDryRun = Static<typeof DatasetDryRun>

/** An uploaded data set. */
export const Dataset = Type.Union([TextDataset, SequenceDataset], {
  title: 'Dataset',
  discriminator: { propertyName: 'kind' },
})
export type Dataset = Static<typeof Dataset>
