import { element } from '../../dom/element.ts'

/** Figures with their names, as a list of definitions. */
export function createFigures(entries: Readonly<Record<string, string>>): HTMLElement {
  return element(
    'dl',
    { class: 'figures' },
    ...Object.entries(entries).map(([name, words]) =>
      element('div', {}, element('dt', { text: name }), element('dd', { text: words })),
    ),
  )
}
