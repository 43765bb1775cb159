import { element } from '../../dom/element.ts'
import { formatCount } from '../../format.ts'

/** Classes up to which each cell has its count and each column its name; more are drawn as colours alone. */
const MOST_NAMED = 20

/**
 * A confusion matrix whose colours are shares of a row: how the targets of each class were answered.
 *
 * @param counts [target, answer]
 */
export function confusionMatrix(
  classes: readonly string[],
  counts: readonly (readonly number[])[],
  testId: string,
): HTMLElement {
  const isNamed = classes.length <= MOST_NAMED
  const head = element(
    'tr',
    {},
    element('th', { class: 'corner quiet', text: 'target ↓ · answer →' }),
    ...classes.map((name) => element('th', { text: isNamed ? name : '', attributes: { scope: 'col', title: name } })),
  )
  const rows = counts.map((row, target) => {
    const total = row.reduce((sum, count) => sum + count, 0)
    const name = classes[target] ?? ''
    const cells = row.map((count, answer) => {
      const words = `${name} answered as ${classes[answer] ?? ''}: ${formatCount(count)} of ${formatCount(total)}`
      const cell = element('td', { text: isNamed && count > 0 ? formatCount(count) : '', attributes: { title: words } })
      const share = total === 0 ? 0 : count / total
      cell.style.setProperty('--share', String(share))
      cell.dataset['strong'] = String(share > 0.5)
      cell.dataset['hit'] = String(target === answer)
      return cell
    })
    return element('tr', {}, element('th', { text: name, attributes: { scope: 'row', title: name } }), ...cells)
  })
  return element(
    'div',
    { class: 'scrolled', attributes: { tabindex: '0', role: 'group', 'aria-label': 'Confusion matrix' } },
    element(
      'table',
      {
        class: isNamed ? 'confusion' : 'confusion dense',
        testId,
        attributes: { 'data-classes': String(classes.length) },
      },
      element('caption', {
        class: 'quiet',
        text: 'Targets by row, answers by column; the darker, the larger the share of the row',
      }),
      element('thead', {}, head),
      element('tbody', {}, ...rows),
    ),
  )
}
