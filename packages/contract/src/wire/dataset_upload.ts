import { Type, type Static } from 'typebox'
import { TEXT_UNITS } from '../text_unit.ts'

const MOST_NAMES = 1000
const LONGEST_NAME = 256

function nameField(description: string) {
  return Type.Optional(Type.String({ minLength: 1, maxLength: LONGEST_NAME, description }))
}

function namesField(description: string) {
  const name = Type.String({ minLength: 1, maxLength: LONGEST_NAME })
  return Type.Optional(
    Type.Array(name, { maxItems: MOST_NAMES, description: `${description} Several between commas.` }),
  )
}

/** Query of an upload: what is said of a text. */
export const TEXT_OPTIONS = {
  unit: Type.Optional(
    Type.Enum(TEXT_UNITS, {
      type: 'string',
      description:
        'Of a text: what a symbol is. A character (code point) unless given, a byte of UTF-8, or a word: what stands between white ' +
        'space, and the end of a line, which is a word of its own; at most 100,000 different ones.',
    }),
  ),
}

/** Query of an upload: how sequences are read, where that is not to be found out. Fields go by their names in the upload. */
export const UPLOAD_OPTIONS = {
  layout: Type.Optional(
    Type.Enum(['wide', 'long'], {
      type: 'string',
      description:
        'Of a table: a row is a sequence (wide), or a step of one (long). Long where a column has times or steps, unless given.',
    }),
  ),
  label: nameField('The field that is the label, and is called so in the data set.'),
  id: nameField('Of a long table: the column that names the sequence of a row.'),
  time: nameField('Of a long table: the column that orders the rows of a sequence.'),
  per_sequence: namesField('Columns or fields of which each sequence has one value.'),
  number: namesField('Fields that are numbers.'),
  category: namesField('Fields that are classes or symbols.'),
  ignore: namesField('Fields that are left out.'),
  delimiter: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 1,
      description: 'Of CSV: what stands between cells; found out unless given.',
    }),
  ),
  decimal: Type.Optional(
    Type.Enum(['.', ','], { type: 'string', description: 'Of CSV: the decimal mark; found out unless given.' }),
  ),
  header: Type.Optional(
    Type.Boolean({ description: 'Of CSV: whether the first line names the columns; found out unless given.' }),
  ),
}

const TextOptions = Type.Object(TEXT_OPTIONS)
const SequenceOptions = Type.Object(UPLOAD_OPTIONS)
/** How an upload is read. */
export type UploadOptions = Static<typeof SequenceOptions> & Static<typeof TextOptions>
