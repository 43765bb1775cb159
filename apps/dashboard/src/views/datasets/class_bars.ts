import { element } from '../../dom/element.ts'
import { formatCount, formatValue } from '../../format.ts'
import type { DatasetField } from '@unroll/client'

/** Classes that have a bar. */
export const SHOWN_CLASSES: number = 30

/** A bar for each class: numerals in their order, texts by how often they occur. */
export function classBars({ name, categories, distinct }: DatasetField): HTMLElement {
  const areNumerals = categories.every(({ value }) => Number.isFinite(Number(value)))
  const ordered = categories.toSorted((a, b) => (areNumerals ? Number(a.value) - Number(b.value) : b.count - a.count))
  const most = Math.max(...categories.map(({ count }) => count))
  const total = categories.reduce((sum, { count }) => sum + count, 0)
  const shown = ordered.slice(0, SHOWN_CLASSES)
  const rows = shown.map(({ value, count }) => {
    const bar = element('span', { class: 'bar-across', attributes: { 'aria-hidden': 'true' } })
    bar.style.setProperty('--share', String(count / most))
    return element(
      'tr',
      {},
      element('th', { text: value, attributes: { scope: 'row', title: value } }),
      element('td', { class: 'bar-cell' }, bar),
      element('td', { class: 'number', text: formatCount(count) }),
      element('td', { class: 'number quiet', text: `${formatValue(Number(((100 * count) / total).toFixed(1)))} %` }),
    )
  })
  const left = (distinct ?? categories.length) - shown.length
  return element(
    'div',
    {},
    element(
      'table',
      { class: 'classes', testId: `classes-${name}`, attributes: { 'data-count': String(shown.length) } },
      element(
        'thead',
        { class: 'unseen' },
        element(
          'tr',
          {},
          ...['Class', 'Bar', 'Count', 'Share'].map((text) => element('th', { text, attributes: { scope: 'col' } })),
        ),
      ),
      element('tbody', {}, ...rows),
    ),
    ...(left > 0 ? [element('p', { class: 'quiet', text: `and ${formatCount(left)} more` })] : []),
  )
}
