import { element } from '../../dom/element.ts'
import { formatCount, formatValue } from '../../format.ts'
import type { DatasetField } from '@unroll/client'
import { tableCell, tableHead } from '../shared/table.ts'

/** What changes how a field is read; its title, and the control of each field. */
export interface FieldControl {
  readonly title: string
  readonly of: (field: DatasetField) => HTMLElement
}

const TYPES: Readonly<Record<DatasetField['type'], string>> = {
  number: 'numbers',
  category: 'classes or symbols',
  identifier: 'names, nothing to learn',
}

/** The fields of sequences, a row each. */
export function fieldsTable(fields: readonly DatasetField[], control?: FieldControl): HTMLElement {
  const columns = ['Field', 'For each', 'Type', 'Values', 'Missing', ...(control === undefined ? [] : [control.title])]
  const rows = fields.map((field) => {
    const { name, source, per, width, missing } = field
    const called = source === undefined ? [] : [element('span', { class: 'quiet', text: ` in the file ${source}` })]
    const type = width > 1 ? `${formatCount(width)} ${TYPES[field.type]}` : TYPES[field.type]
    return element(
      'tr',
      { testId: 'field-row', attributes: { 'data-field': name, 'data-type': field.type } },
      element('td', { class: 'name' }, name, ...called),
      tableCell('For each', per),
      tableCell('Type', type),
      tableCell('Values', valueWords(field)),
      tableCell('Missing', missing === 0 ? 'none' : formatCount(missing), missing === 0 ? 'quiet' : 'gaps'),
      ...(control === undefined ? [] : [element('td', {}, control.of(field))]),
    )
  })
  return element(
    'div',
    { class: 'scrolled' },
    element('table', { class: 'jobs wraps' }, tableHead(columns), element('tbody', { testId: 'fields' }, ...rows)),
  )
}

function valueWords({ type, min, max, mean, std, distinct }: DatasetField): string {
  if (type === 'identifier') return '–'
  if (type === 'category') return `${formatCount(distinct ?? 0)} different`
  const range = min === null || max === null ? 'none' : `${formatValue(min)} to ${formatValue(max)}`
  return mean === null || std === null ? range : `${range}, mean ${formatValue(mean)} ± ${formatValue(std)}`
}
