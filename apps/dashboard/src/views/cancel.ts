import type { ViewContext } from '../context.ts'
import { element, setText } from '../element.ts'
import { isFinal, type Job } from '@unroll/client'

/** The button that cancels a job: asks once more, because nothing goes on from there, and shows why it failed. */
export class CancelControl {
  readonly root: HTMLElement
  readonly #ask: HTMLButtonElement = button('Cancel job', 'cancel')
  readonly #confirm: HTMLButtonElement = button('Yes, cancel it', 'cancel-confirm', 'button danger')
  readonly #keep: HTMLButtonElement = button('Keep it', 'cancel-keep')
  readonly #question: HTMLElement
  readonly #fault: HTMLElement = element('span', {
    class: 'fault',
    testId: 'cancel-error',
    attributes: { role: 'alert' },
  })

  constructor({ client, signal }: ViewContext, id: string, changed: (job: Job) => void) {
    this.#question = element('span', { class: 'question' }, this.#confirm, this.#keep)
    this.root = element('div', { class: 'cancel' }, this.#fault, this.#ask, this.#question)
    this.#asking(false)
    this.#ask.addEventListener('click', () => this.#asking(true), { signal })
    this.#keep.addEventListener('click', () => this.#asking(false), { signal })
    const cancel = async () => {
      this.#asking(false)
      this.#ask.disabled = true
      setText(this.#fault, '')
      try {
        changed(await client.jobs.cancel(id))
      } catch (error) {
        this.#ask.disabled = false
        setText(
          this.#fault,
          error instanceof TypeError || !(error instanceof Error) ? 'The API does not answer' : error.message,
        )
      }
    }
    this.#confirm.addEventListener('click', () => void cancel(), { signal })
  }

  show({ status }: Pick<Job, 'status'>): void {
    this.root.hidden = isFinal(status) && this.#fault.textContent === ''
    this.#ask.disabled = status === 'cancelling' || isFinal(status)
    setText(this.#ask, status === 'cancelling' ? 'Cancelling …' : 'Cancel job')
  }

  #asking(isAsking: boolean): void {
    const hadFocus = this.root.contains(document.activeElement)
    this.#ask.hidden = isAsking
    this.#question.hidden = !isAsking
    if (hadFocus) (isAsking ? this.#keep : this.#ask).focus()
  }
}

function button(text: string, testId: string, className = 'button'): HTMLButtonElement {
  return element('button', { class: className, text, testId, attributes: { type: 'button' } })
}
