import { element } from '../../dom/element.ts'
import { formatCount } from '../../format.ts'
import type { ProblemDetails } from '@unroll/client'
import { createTable } from '../shared/table.ts'

/** The faults of an upload by line and column: those that are listed, and the count of all. */
export function faultsTable({ errors = [], error_count: count = errors.length }: ProblemDetails): HTMLElement {
  const rows = errors.map(({ line, column, pointer, detail }) => [
    line === undefined ? '–' : formatCount(line),
    column === undefined ? '–' : formatCount(column),
    pointer === '' ? '–' : pointer,
    shortenDetail(detail),
  ])
  const more = count - errors.length
  const table = createTable('faults', ['Line', 'Column', 'Field', 'What is wrong'], rows)
  table.classList.add('wraps')
  return element(
    'section',
    { class: 'block', testId: 'upload-faults', attributes: { 'data-count': String(count), 'aria-label': 'Faults' } },
    element('h3', { text: count === 1 ? '1 fault' : `${formatCount(count)} faults` }),
    element(
      'div',
      { class: 'scrolled faults', attributes: { tabindex: '0', role: 'group', 'aria-label': 'List of faults' } },
      table,
    ),
    ...(more > 0 ? [element('p', { class: 'quiet', text: `and ${formatCount(more)} more` })] : []),
  )
}

/** The line and column have cells of their own. */
function shortenDetail(detail: string): string {
  const words = detail.replace(/^Line \d+(?:, column \d+)?: /, '')
  return words.charAt(0).toUpperCase() + words.slice(1)
}
