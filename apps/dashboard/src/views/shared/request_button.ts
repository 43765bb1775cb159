import { element, setText } from '../../dom/element.ts'
import { button } from './confirmed_button.ts'
import { errorWords } from './words.ts'

/** A button that sends a request, one at a time, and beside it the reason why the last one failed. */
export class RequestButton {
  readonly button: HTMLButtonElement
  readonly fault: HTMLElement

  /** @param name by which tests find it: `name` and `name-error` */
  constructor(name: string, text: string, send: () => Promise<void>, signal: AbortSignal) {
    this.button = button(text, name)
    this.fault = faultText(`${name}-error`)
    const ask = async () => {
      this.button.disabled = true
      setText(this.fault, '')
      await send().catch((error: unknown) => setText(this.fault, errorWords(error)))
      this.button.disabled = false
    }
    this.button.addEventListener('click', () => void ask(), { signal })
  }
}

/** The reason why a request failed, read aloud as it appears. */
export function faultText(testId: string): HTMLElement {
  return element('span', { class: 'fault', testId, attributes: { role: 'alert' } })
}
