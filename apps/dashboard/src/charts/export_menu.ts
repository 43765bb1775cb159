import { element } from '../dom/element.ts'
import type { Exportable } from './figure.ts'

const KINDS = ['png', 'svg', 'csv'] as const

/** A small menu that saves a chart as a picture or as its numbers. */
export function exportMenu(chart: Exportable, signal: AbortSignal): HTMLElement {
  const buttons = KINDS.map((kind) => {
    const save = element('button', {
      class: 'menu-item',
      text: kind.toUpperCase(),
      testId: `export-${kind}`,
      attributes: { type: 'button' },
    })
    const act = async () => {
      menu.open = false
      const { saveChart } = await import('./figure_files.ts')
      await saveChart(chart, kind)
    }
    save.addEventListener('click', () => void act(), { signal })
    return save
  })
  const summary = element('summary', {
    text: '⤓',
    attributes: { title: 'Save this chart', 'aria-label': `Save: ${chart.title}` },
  })
  const menu = element('details', { class: 'export', testId: 'export' }, summary, element('div', {}, ...buttons))
  menu.addEventListener('keydown', ({ key }) => key === 'Escape' && (menu.open = false), { signal })
  menu.addEventListener(
    'focusout',
    ({ relatedTarget }) => (menu.open &&= menu.contains(relatedTarget as Node | null)),
    {
      signal,
    },
  )
  return menu
}
