import { element } from '../../dom/element.ts'

/** A control of a form with its name above it. */
export function labelledField(name: string, control: HTMLElement): HTMLElement {
  return element('label', { class: 'form-field' }, element('span', { text: name }), control)
}
