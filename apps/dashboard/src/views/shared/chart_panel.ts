import { element } from '../../dom/element.ts'

/** A chart with its title, a note and its controls. */
export function chartPanel(
  { title, note, controls = [] }: { title: string; note?: string; controls?: readonly HTMLElement[] },
  ...bodies: readonly HTMLElement[]
): HTMLElement {
  return element(
    'section',
    { class: 'panel', attributes: { 'aria-label': title } },
    element(
      'div',
      { class: 'section-head' },
      element('h2', { text: title }),
      note === undefined ? null : element('span', { class: 'quiet', text: note }),
      element('div', { class: 'controls' }, ...controls),
    ),
    ...bodies,
  )
}

/** A labelled check box. */
export function toggle(
  label: string,
  { testId, signal, onChange }: { testId: string; signal: AbortSignal; onChange: (isOn: boolean) => void },
): HTMLElement {
  const box = element('input', { testId, attributes: { type: 'checkbox' } })
  box.addEventListener('change', () => onChange(box.checked), { signal })
  return element('label', { class: 'field' }, box, label)
}

/** A function that runs `draw` once before the next frame for any number of calls. */
export function oncePerFrame(draw: () => void, signal: AbortSignal): () => void {
  let isWaiting = false
  return () => {
    if (isWaiting || signal.aborted) return
    isWaiting = true
    requestAnimationFrame(() => {
      isWaiting = false
      if (!signal.aborted) draw()
    })
  }
}
