import type { Dataset, DatasetDryRun, DatasetField } from '@unroll/client'
import { bytesWords } from './bytes.ts'
import { figure } from './run_view.ts'
import { table } from './table.ts'

const SHOWN_CATEGORIES = 6

/** What is in a data set, in a few lines. */
export function datasetLines(dataset: Dataset | DatasetDryRun): string[] {
  if (dataset.kind === 'text') {
    const { characters, symbols = characters, unit = 'character', vocabulary_size } = dataset
    return [`text of ${symbols} ${unit}s, ${vocabulary_size} different (${bytesWords(dataset.bytes)})`]
  }
  const { sequences, steps, lengths, fields, format, bytes } = dataset
  const length =
    lengths.min === lengths.max
      ? `${lengths.min} steps each`
      : `${lengths.min} to ${lengths.max} steps (median ${lengths.median})`
  return [
    `${sequences} sequences of ${length}, ${steps} steps in all (${format}, ${bytesWords(bytes)})`,
    ...table([['FIELD', 'PER', 'TYPE', 'WIDTH', 'MISSING', 'VALUES'], ...fields.map(fieldRow)]),
  ]
}

function fieldRow(field: DatasetField): string[] {
  const { name, per, type, width, missing } = field
  return [name, per, type, String(width), String(missing), formatValues(field)]
}

function formatValues({ min, max, mean, std, distinct, categories }: DatasetField): string {
  const range = min === null || max === null ? [] : [`${figure(min)} to ${figure(max)}`]
  const spread = mean === null || std === null ? [] : [`mean ${figure(mean)} ± ${figure(std)}`]
  if (distinct === null) return [...range, ...spread].join(', ')
  const shown = categories.slice(0, SHOWN_CATEGORIES).map(({ value, count }) => `${value} (${count})`)
  const more = distinct > shown.length ? ', …' : ''
  return [`${distinct} different: ${shown.join(', ')}${more}`, ...range].join('; ')
}
