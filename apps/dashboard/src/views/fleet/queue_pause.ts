import type { QueueState } from '@unroll/client'
import type { ViewContext } from '../../context.ts'
import { element, setAttribute, setText } from '../../dom/element.ts'
import { button } from '../shared/confirmed_button.ts'
import { pauseWords } from './queue_words.ts'
import { errorWords } from '../shared/words.ts'

/** Shows whether the queue is paused, pauses and resumes it, and shows why a request failed. */
export class QueuePause {
  readonly root: HTMLElement
  readonly #words: HTMLElement = element('span', { testId: 'queue-paused' })
  readonly #button: HTMLButtonElement = button('Pause the queue', 'pause-queue')
  readonly #fault: HTMLElement = element('span', {
    class: 'fault',
    testId: 'pause-queue-error',
    attributes: { role: 'alert' },
  })
  #isPaused = false

  constructor({ client, signal }: ViewContext) {
    const ask = async () => {
      this.#button.disabled = true
      setText(this.#fault, '')
      try {
        this.show(await (this.#isPaused ? client.resumeQueue() : client.pauseQueue()))
      } catch (error) {
        setText(this.#fault, errorWords(error))
      }
      this.#button.disabled = false
    }
    this.#button.addEventListener('click', () => void ask(), { signal })
    this.root = element(
      'div',
      { class: 'actions queue-pause', testId: 'queue' },
      this.#words,
      this.#button,
      this.#fault,
    )
  }

  show(state: QueueState): void {
    const words = pauseWords(state, Date.now())
    this.#isPaused = words !== ''
    setAttribute(this.root, 'data-paused', this.#isPaused ? '' : null)
    setText(this.#words, words)
    this.#words.hidden = !this.#isPaused
    setText(this.#button, this.#isPaused ? 'Resume the queue' : 'Pause the queue')
  }
}
