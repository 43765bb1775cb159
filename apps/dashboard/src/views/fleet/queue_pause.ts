import type { QueueState } from '@unroll/client'
import type { ViewContext } from '../../context.ts'
import { element, setAttribute, setText } from '../../dom/element.ts'
import { RequestButton } from '../shared/request_button.ts'
import { pauseWords } from './queue_words.ts'

/** Shows whether the queue is paused, pauses and resumes it, and shows why a request failed. */
export class QueuePause {
  readonly root: HTMLElement
  readonly #words: HTMLElement = element('span', { testId: 'queue-paused' })
  readonly #request: RequestButton
  #isPaused = false

  constructor({ client, signal }: ViewContext) {
    const ask = async () => this.show(await (this.#isPaused ? client.resumeQueue() : client.pauseQueue()))
    this.#request = new RequestButton('pause-queue', 'Pause the queue', ask, signal)
    this.root = element(
      'div',
      { class: 'actions queue-pause', testId: 'queue' },
      this.#words,
      this.#request.button,
      this.#request.fault,
    )
  }

  show(state: QueueState): void {
    const words = pauseWords(state, Date.now())
    this.#isPaused = words !== ''
    setAttribute(this.root, 'data-paused', this.#isPaused ? '' : null)
    setText(this.#words, words)
    this.#words.hidden = !this.#isPaused
    setText(this.#request.button, this.#isPaused ? 'Resume the queue' : 'Pause the queue')
  }
}
