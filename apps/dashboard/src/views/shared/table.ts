import { element } from '../../dom/element.ts'

/** A table of texts under the names of its columns. */
export function createTable(
  testId: string,
  columns: readonly string[],
  rows: readonly (readonly string[])[],
): HTMLElement {
  const cells = (row: readonly string[]) => row.map((text, at) => tableCell(columns[at] ?? '', text))
  const body = element('tbody', { testId }, ...rows.map((row) => element('tr', {}, ...cells(row))))
  return element('table', { class: 'jobs' }, tableHead(columns), body)
}

/** The names of columns. */
export function tableHead(columns: readonly string[]): HTMLElement {
  const names = columns.map((text) => element('th', { text, attributes: { scope: 'col' } }))
  return element('thead', {}, element('tr', {}, ...names))
}

/** A cell that says its column where a narrow screen shows no head. */
export function tableCell(column: string, text: string, className?: string): HTMLElement {
  return element('td', { text, attributes: { 'data-label': column }, ...(className && { class: className }) })
}
