import { element } from '../dom/element.ts'
import { formatCount, formatRange } from '../format.ts'

/** A count over a range of whole numbers, `from` to `to` inclusive. */
export interface Bin {
  readonly from: number
  readonly to: number
  readonly count: number
}

/** Bars over ranges of whole numbers. @param unit what is counted and what it is counted by, such as `sequences` and `steps` */
export function histogram(
  bins: readonly Bin[],
  { label, testId, unit }: { label: string; testId: string; unit: { counted: string; by: string } },
): HTMLElement {
  const most = Math.max(1, ...bins.map(({ count }) => count))
  const bars = bins.map(({ from, to, count }) => {
    const words = `${formatRange(from, to)} ${unit.by}: ${formatCount(count)} ${unit.counted}`
    const bar = element('span', { class: 'bar', attributes: { title: words } })
    bar.style.setProperty('--share', String(count / most))
    bar.dataset['empty'] = String(count === 0)
    return bar
  })
  const [first, last] = [bins.at(0), bins.at(-1)]
  const words = bins.filter(({ count }) => count > 0).map(({ from, to, count }) => `${formatRange(from, to)}: ${count}`)
  return element(
    'figure',
    { class: 'histogram', testId, attributes: { 'data-bars': String(bins.length) } },
    element('span', { class: 'quiet', text: `${formatCount(most)} ${unit.counted}` }),
    element(
      'div',
      { class: 'bars', attributes: { role: 'img', 'aria-label': `${label}. ${words.join(', ')}` } },
      ...bars,
    ),
    element(
      'figcaption',
      { class: 'ends quiet' },
      element('span', { text: first === undefined ? '' : formatCount(first.from) }),
      element('span', { text: unit.by }),
      element('span', { text: last === undefined || bins.length === 1 ? '' : formatCount(last.to) }),
    ),
  )
}
