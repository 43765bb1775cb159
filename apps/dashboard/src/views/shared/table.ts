import { element } from '../../dom/element.ts'

/** A table of texts under the names of its columns. */
export function createTable(
  testId: string,
  columns: readonly string[],
  rows: readonly (readonly string[])[],
): HTMLElement {
  const head = element('tr', {}, ...columns.map((text) => element('th', { text, attributes: { scope: 'col' } })))
  const cells = (row: readonly string[]) =>
    row.map((text, at) => element('td', { text, attributes: { 'data-label': columns[at] ?? '' } }))
  const body = element('tbody', { testId }, ...rows.map((row) => element('tr', {}, ...cells(row))))
  return element('table', { class: 'jobs' }, element('thead', {}, head), body)
}
