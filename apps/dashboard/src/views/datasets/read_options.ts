// How an upload is read where that should not be found out: the options of the route as fields of a form.

import { element } from '../../dom/element.ts'
import { DATASET_FORMATS, type DatasetField, type DatasetFormat, type UploadOptions } from '@unroll/client'

/** What a field is taken as; `auto` is what is found out. */
export type Taken = 'auto' | 'number' | 'category' | 'ignore'

/** The choices of the form, with '' where nothing is chosen. */
export interface ReadChoices {
  format: DatasetFormat | ''
  unit: string
  layout: string
  label: string
  id: string
  time: string
  per_sequence: string
  delimiter: string
  decimal: string
  header: string
  /** By the name of the field in the file. */
  taken: Map<string, Taken>
}

export function noChoices(format: DatasetFormat | ''): ReadChoices {
  const nothing = {
    unit: '',
    layout: '',
    label: '',
    id: '',
    time: '',
    per_sequence: '',
    delimiter: '',
    decimal: '',
    header: '',
  }
  return { format, ...nothing, taken: new Map() }
}

/** The query of an upload that is read as chosen. */
export function toUploadOptions(choices: ReadChoices): UploadOptions {
  const takenAs = (wanted: Taken) => [...choices.taken].filter(([, taken]) => taken === wanted).map(([name]) => name)
  const given = {
    unit: choices.unit,
    layout: choices.layout === '' && namesSteps(choices) ? 'long' : choices.layout,
    label: choices.label,
    id: choices.id,
    time: choices.time,
    per_sequence: splitNames(choices.per_sequence),
    number: takenAs('number'),
    category: takenAs('category'),
    ignore: takenAs('ignore'),
    delimiter: choices.delimiter,
    decimal: choices.decimal,
    header: choices.header === '' ? '' : choices.header === 'true',
  }
  const told = Object.entries(given).filter(
    ([, value]) => value !== '' && !(Array.isArray(value) && value.length === 0),
  )
  return Object.fromEntries(told) as UploadOptions
}

/** A table whose rows have a sequence, or an order, has a row for each step. */
function namesSteps({ format, id, time }: ReadChoices): boolean {
  return format !== '' && DELIMITED.includes(format) && (id !== '' || time !== '')
}

function splitNames(text: string): string[] {
  return text
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '')
}

interface Option {
  readonly name: Exclude<keyof ReadChoices, 'taken'>
  readonly label: string
  readonly help: string
  /** The formats that have it. */
  readonly formats: readonly DatasetFormat[]
  /** Values with their words; none for names that are typed, or chosen of the fields. */
  readonly values?: readonly (readonly [value: string, words: string])[]
}

const TABLES: readonly DatasetFormat[] = ['csv', 'tsv', 'arrow', 'parquet']
const DELIMITED: readonly DatasetFormat[] = ['csv', 'tsv']
const SEQUENCES = DATASET_FORMATS.filter((format) => format !== 'text')

const FORMAT_WORDS: Readonly<Record<DatasetFormat, string>> = {
  text: 'text, UTF-8',
  jsonl: 'JSONL, a sequence a line',
  csv: 'CSV',
  tsv: 'TSV',
  arrow: 'Arrow IPC, Feather',
  parquet: 'Parquet',
  npy: 'NumPy .npy',
  npz: 'NumPy .npz',
  ts: 'aeon, sktime .ts',
}

const OPTIONS: readonly Option[] = [
  {
    name: 'format',
    label: 'Format',
    help: 'Told by the end of the name.',
    formats: DATASET_FORMATS,
    values: DATASET_FORMATS.map((format) => [format, FORMAT_WORDS[format]] as const),
  },
  {
    name: 'unit',
    label: 'A symbol is',
    help: 'What is learned one after the other.',
    formats: ['text'],
    values: [
      ['character', 'a character'],
      ['byte', 'a byte'],
      ['word', 'a word'],
    ],
  },
  { name: 'label', label: 'Label', help: 'The field to learn.', formats: SEQUENCES },
  {
    name: 'layout',
    label: 'A row is',
    help: 'Wide: a sequence. Long: a step of one.',
    formats: TABLES,
    values: [
      ['wide', 'a sequence (wide)'],
      ['long', 'a step of one (long)'],
    ],
  },
  { name: 'id', label: 'Sequence of a row', help: 'The column that names it, in a long table.', formats: TABLES },
  { name: 'time', label: 'Order of rows', help: 'The column that orders them, in a long table.', formats: TABLES },
  {
    name: 'per_sequence',
    label: 'One value a sequence',
    help: 'Names of fields, between commas.',
    formats: SEQUENCES,
  },
  {
    name: 'delimiter',
    label: 'Between cells',
    help: 'The delimiter.',
    formats: ['csv'],
    values: [
      [',', 'comma'],
      [';', 'semicolon'],
      ['\t', 'tab'],
      ['|', 'bar'],
      [' ', 'space'],
    ],
  },
  {
    name: 'decimal',
    label: 'Decimal mark',
    help: '1.5 or 1,5.',
    formats: DELIMITED,
    values: [
      ['.', 'point'],
      [',', 'comma'],
    ],
  },
  {
    name: 'header',
    label: 'First line',
    help: 'Whether it names the columns.',
    formats: DELIMITED,
    values: [
      ['true', 'names the columns'],
      ['false', 'is data'],
    ],
  },
]

/** Options whose value is one of the fields. */
const OF_FIELDS: readonly string[] = ['label', 'id', 'time']

/** Options that most files need; the others are folded. */
const FIRST: readonly string[] = ['format', 'unit', 'label']

/**
 * The form of the options that a format has.
 *
 * @param names of the fields that are known of the file
 * @param isOpen whether the rarer options are unfolded
 */
export function readOptionsForm(
  choices: ReadChoices,
  names: readonly string[],
  { isOpen, onChange, signal }: { isOpen: boolean; onChange: () => void; signal: AbortSignal },
): HTMLElement {
  const { format } = choices
  const shown = OPTIONS.filter(({ name, formats }) => name === 'format' || (format !== '' && formats.includes(format)))
  const createFields = (options: readonly Option[]) =>
    options.map((option) => {
      const { name, label, help } = option
      const input = createInput(option, choices[name], names)
      const change = () => {
        choices[name] = input.value as never
        onChange()
      }
      input.addEventListener('change', change, { signal })
      const helpId = `help-${name}`
      input.setAttribute('aria-describedby', helpId)
      return element(
        'label',
        { class: 'form-field' },
        element('span', { text: label }),
        input,
        element('span', { class: 'help quiet', text: help, attributes: { id: helpId } }),
      )
    })
  const rarer = shown.filter(({ name }) => !FIRST.includes(name))
  const more = element(
    'details',
    { testId: 'more-options' },
    element('summary', { text: 'How the file is read' }),
    element('div', { class: 'fields' }, ...createFields(rarer)),
  )
  more.open = isOpen
  more.hidden = rarer.length === 0
  const first = shown.filter(({ name }) => FIRST.includes(name))
  return element(
    'div',
    { class: 'read-options', testId: 'read-options' },
    element('div', { class: 'fields' }, ...createFields(first)),
    more,
  )
}

function createInput(
  { name, values }: Option,
  value: string,
  names: readonly string[],
): HTMLInputElement | HTMLSelectElement {
  const testId = `option-${name}`
  const choices =
    values ??
    (OF_FIELDS.includes(name) && names.length > 0
      ? withChosen(names, value).map((each) => [each, each] as const)
      : undefined)
  if (choices === undefined) {
    const input = element('input', { testId, attributes: { placeholder: 'found out', autocomplete: 'off' } })
    input.value = value
    return input
  }
  const standard = name === 'format' ? 'choose …' : 'found out'
  const options = [['', standard] as const, ...choices].map(([choice, words]) =>
    element('option', { text: words, attributes: { value: choice } }),
  )
  const select = element('select', { testId }, ...options)
  select.value = value
  return select
}

/** A field that was chosen stays a choice when it is not met any more. */
function withChosen(names: readonly string[], chosen: string): readonly string[] {
  return chosen === '' || names.includes(chosen) ? names : [chosen, ...names]
}

/** What a field is called in the file. */
export function chooseSource({ name, source }: DatasetField): string {
  return source ?? name
}

const TAKEN: readonly (readonly [Taken, string])[] = [
  ['auto', 'as found'],
  ['number', 'numbers'],
  ['category', 'classes or symbols'],
  ['ignore', 'left out'],
]

/** The choice of what a field is taken as. @param source its name in the file */
export function takenSelect(
  choices: ReadChoices,
  source: string,
  { onChange, signal }: { onChange: () => void; signal: AbortSignal },
): HTMLSelectElement {
  const options = TAKEN.map(([value, words]) => element('option', { text: words, attributes: { value } }))
  const select = element(
    'select',
    { testId: `take-${source}`, attributes: { 'aria-label': `Take ${source} as` } },
    ...options,
  )
  select.value = choices.taken.get(source) ?? 'auto'
  const change = () => {
    if (select.value === 'auto') choices.taken.delete(source)
    else choices.taken.set(source, select.value as Taken)
    onChange()
  }
  select.addEventListener('change', change, { signal })
  return select
}
