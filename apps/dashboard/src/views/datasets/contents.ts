// What is in a data set, drawn: of an uploaded one, and of one that is only looked at.

import { histogram } from '../../charts/histogram.ts'
import { element } from '../../dom/element.ts'
import { formatBytes, formatCount } from '../../format.ts'
import type { Dataset, DatasetDryRun, DatasetField, SampleSequence } from '@unroll/client'
import { createFigures } from '../shared/figures.ts'
import { SHOWN_CLASSES, classBars } from './class_bars.ts'
import { fieldsTable, type FieldControl } from './fields_table.ts'
import { sampleCharts } from './sample_charts.ts'

export type Found = Dataset | DatasetDryRun
type SequencesFound = Extract<Found, { kind: 'sequences' }>
type TextFound = Extract<Found, { kind: 'text' }>

/**
 * The contents of a data set.
 *
 * @param samples the first sequences; none of a text
 * @param control what changes how a field is read, where that can still be changed
 */
export function createContents(
  found: Found,
  samples: readonly SampleSequence[],
  control?: FieldControl,
): HTMLElement[] {
  return found.kind === 'text' ? textContents(found) : sequenceContents(found, samples, control)
}

function textContents(found: TextFound): HTMLElement[] {
  const {
    bytes,
    characters,
    symbols = characters,
    unit = 'character',
    vocabulary_size: size,
    start,
    vocabulary,
  } = found
  const figures = {
    Characters: formatCount(characters),
    ...(unit !== 'character' && { [unit === 'word' ? 'Words' : 'Bytes']: formatCount(symbols) }),
    [`Different ${unit}s`]: formatCount(size),
    Size: formatBytes(bytes),
  }
  return [
    createFigures(figures),
    ...(start === undefined ? [] : [block('How it starts', startOfText(start))]),
    ...(vocabulary === undefined ? [] : [block('Its symbols', symbolList(vocabulary, size))]),
  ]
}

function startOfText(text: string): HTMLElement {
  return element('pre', { class: 'text-start', testId: 'text-start', attributes: { tabindex: '0' } }, text)
}

const SYMBOL_NAMES: Readonly<Record<string, string>> = { ' ': 'space', '\n': 'line end', '\t': 'tab', '\r': 'return' }

function symbolList(symbols: readonly string[], count: number): HTMLElement {
  const items = symbols.map((symbol) => element('li', { text: SYMBOL_NAMES[symbol] ?? symbol }))
  const left = count - symbols.length
  const more = left > 0 ? [element('li', { class: 'quiet', text: `and ${formatCount(left)} more` })] : []
  return element(
    'ul',
    { class: 'symbols', testId: 'symbols', attributes: { 'data-count': String(symbols.length) } },
    ...items,
    ...more,
  )
}

function sequenceContents(
  { sequences, steps, lengths, fields, bytes }: SequencesFound,
  samples: readonly SampleSequence[],
  control: FieldControl | undefined,
): HTMLElement[] {
  const missing = fields.reduce((sum, field) => sum + field.missing, 0)
  const figures = {
    Sequences: formatCount(sequences),
    Steps: formatCount(steps),
    Shortest: formatCount(lengths.min),
    Median: formatCount(lengths.median),
    Longest: formatCount(lengths.max),
    Missing: missing === 0 ? 'nothing' : `${formatCount(missing)} values`,
    Size: formatBytes(bytes),
  }
  const lengthBars = histogram(lengths.histogram, {
    label: 'Sequences by their length',
    testId: 'lengths',
    unit: { counted: 'sequences', by: 'steps' },
  })
  const classed = fields.filter((field) => listsClasses(field, { sequences, steps }))
  return [
    createFigures(figures),
    block('Fields', fieldsTable(fields, control)),
    element(
      'div',
      { class: 'pictures' },
      ...(lengths.min === lengths.max ? [] : [block('Lengths', lengthBars)]),
      ...classed.map((field) => block(`Classes of ${field.name}`, classBars(field))),
    ),
    ...(samples.length === 0
      ? []
      : [
          block(
            samples.length === 1 ? 'The sequence' : `The first ${samples.length} sequences`,
            ...sampleCharts(samples, fields),
          ),
        ]),
  ]
}

function block(title: string, ...bodies: readonly HTMLElement[]): HTMLElement {
  return element(
    'section',
    { class: 'block', attributes: { 'aria-label': title } },
    element('h3', { text: title }),
    ...bodies,
  )
}

/** Names of numbers at each step that may be classes; under other names they are what is read. */
const TARGETS: readonly string[] = ['label', 'target', 'targets']

/** Whether the values of a field look like classes: texts, or a few numbers that come often. */
function listsClasses(
  { name, type, per, categories, distinct }: DatasetField,
  count: { sequences: number; steps: number },
): boolean {
  if (type === 'identifier' || distinct === null || categories.length === 0) return false
  if (type === 'category') return true
  const values = per === 'sequence' ? count.sequences : count.steps
  return distinct <= SHOWN_CLASSES && distinct <= values / 2 && (per === 'sequence' || TARGETS.includes(name))
}
