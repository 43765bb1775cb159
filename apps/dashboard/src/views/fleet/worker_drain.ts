import type { Worker } from '@unroll/client'
import type { ViewContext } from '../../context.ts'
import { element, setText } from '../../dom/element.ts'
import { button } from '../shared/confirmed_button.ts'
import { errorWords } from '../shared/words.ts'

/** Drains or undrains a worker, and shows why a request failed. */
export class WorkerDrain {
  readonly root: HTMLElement
  readonly #button: HTMLButtonElement = button('Drain', 'drain')
  readonly #fault: HTMLElement = element('span', {
    class: 'fault',
    testId: 'drain-error',
    attributes: { role: 'alert' },
  })
  #isDraining = false

  constructor({ client, signal }: ViewContext, id: string, changed: (worker: Worker) => void) {
    const ask = async () => {
      this.#button.disabled = true
      setText(this.#fault, '')
      try {
        changed(await (this.#isDraining ? client.undrainWorker(id) : client.drainWorker(id)))
      } catch (error) {
        setText(this.#fault, errorWords(error))
      }
      this.#button.disabled = false
    }
    this.#button.addEventListener('click', () => void ask(), { signal })
    this.root = element('div', { class: 'worker-actions' }, this.#button, this.#fault)
  }

  show({ status }: Pick<Worker, 'status'>): void {
    this.#isDraining = status === 'draining'
    this.root.hidden = status === 'lost'
    setText(this.#button, this.#isDraining ? 'Take jobs again' : 'Drain')
  }
}
