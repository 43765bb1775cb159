import { listLayerNames, type JobSpec } from '@unroll/client'
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
  {
    testId,
    signal,
    isOn = false,
    onChange,
  }: { testId: string; signal: AbortSignal; isOn?: boolean; onChange: (isOn: boolean) => void },
): HTMLElement {
  const box = element('input', { testId, attributes: { type: 'checkbox' } })
  box.checked = isOn
  box.addEventListener('change', () => onChange(box.checked), { signal })
  return element('label', { class: 'field' }, box, label)
}

interface ChoiceOptions {
  testId: string
  signal: AbortSignal
}

/** A labelled list of choices. */
export function labelledSelect(
  label: string,
  choices: readonly { value: string; text: string }[],
  { testId, signal, onChange }: ChoiceOptions & { onChange: (value: string) => void },
): { root: HTMLElement; select: HTMLSelectElement } {
  const options = choices.map(({ value, text }) => element('option', { text, attributes: { value } }))
  const select = element('select', { testId }, ...options)
  select.addEventListener('change', () => onChange(select.value), { signal })
  return { root: element('label', { class: 'field' }, label, ' ', select), select }
}

/** A choice of one of the layers of a network; none where there is only one. */
export function layerSelect(
  { model }: Pick<JobSpec, 'model'>,
  options: ChoiceOptions,
  onLayer: (layer: number) => void,
): HTMLElement[] {
  const choices = listLayerNames(model).map((name, layer) => ({
    value: String(layer),
    text: name.replace(/^layers\./, '').replace('.', ' '),
  }))
  const onChange = (value: string) => onLayer(Number(value))
  return choices.length > 1 ? [labelledSelect('Layer', choices, { ...options, onChange }).root] : []
}
