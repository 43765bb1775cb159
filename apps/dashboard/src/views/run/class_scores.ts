import { element } from '../../dom/element.ts'
import { formatCount, formatValue } from '../../format.ts'
import type { EvaluationReport } from '@unroll/client'
import { tableCell, tableHead } from '../shared/table.ts'

const COLUMNS = ['Class', 'Targets', 'Precision', 'Recall', 'F1']

/** Precision, recall and F1 of each class, F1 also as a bar. */
export function classScores(classes: NonNullable<EvaluationReport['classes']>, testId: string): HTMLElement {
  const rows = classes.map(({ class: name, support, precision, recall, f1 }) => {
    const bar = element('span', { class: 'bar-across', attributes: { 'aria-hidden': 'true' } })
    bar.style.setProperty('--share', Number.isNaN(f1) ? '0' : String(f1))
    return element(
      'tr',
      {},
      element('th', { text: name, attributes: { scope: 'row', title: name } }),
      tableCell('Targets', formatCount(support)),
      tableCell('Precision', formatValue(precision)),
      tableCell('Recall', formatValue(recall)),
      element('td', { class: 'f1', attributes: { 'data-label': 'F1' } }, formatValue(f1), bar),
    )
  })
  return element(
    'div',
    { class: 'scrolled' },
    element('table', { class: 'scores', testId }, tableHead(COLUMNS), element('tbody', {}, ...rows)),
  )
}
