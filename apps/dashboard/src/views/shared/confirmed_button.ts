import { element, setText } from '../../dom/element.ts'

/** The button of an irreversible action, which asks for confirmation. */
export class ConfirmedButton {
  readonly root: HTMLElement
  readonly #ask: HTMLButtonElement
  readonly #confirm: HTMLButtonElement
  readonly #keep: HTMLButtonElement
  readonly #question: HTMLElement

  /** @param name by which tests find it: `name`, `name-confirm` and `name-keep` */
  constructor(name: string, words: { ask: string; confirm: string }, act: () => void, signal: AbortSignal) {
    this.#ask = button(words.ask, name)
    this.#confirm = button(words.confirm, `${name}-confirm`, 'button danger')
    this.#keep = button('Keep it', `${name}-keep`)
    this.#question = element('span', { class: 'question' }, this.#confirm, this.#keep)
    this.root = element('span', {}, this.#ask, this.#question)
    this.#asking(false)
    this.#ask.addEventListener('click', () => this.#asking(true), { signal })
    this.#keep.addEventListener('click', () => this.#asking(false), { signal })
    const confirmed = () => {
      this.#asking(false)
      act()
    }
    this.#confirm.addEventListener('click', confirmed, { signal })
  }

  show({ hidden, disabled, text }: { hidden: boolean; disabled: boolean; text: string }): void {
    this.root.hidden = hidden
    this.#ask.disabled = disabled
    setText(this.#ask, text)
  }

  #asking(isAsking: boolean): void {
    const hadFocus = this.root.contains(document.activeElement)
    this.#ask.hidden = isAsking
    this.#question.hidden = !isAsking
    if (hadFocus) (isAsking ? this.#keep : this.#ask).focus()
  }
}

/** A button with the name by which tests find it. */
export function button(text: string, testId: string, className = 'button'): HTMLButtonElement {
  return element('button', { class: className, text, testId, attributes: { type: 'button' } })
}
