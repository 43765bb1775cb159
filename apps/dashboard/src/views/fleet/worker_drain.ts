import type { Worker } from '@unroll/client'
import type { ViewContext } from '../../context.ts'
import { element, setText } from '../../dom/element.ts'
import { RequestButton } from '../shared/request_button.ts'

/** Drains or undrains a worker, and shows why a request failed. */
export class WorkerDrain {
  readonly root: HTMLElement
  readonly #request: RequestButton
  #isDraining = false

  constructor({ client, signal }: ViewContext, id: string, changed: (worker: Worker) => void) {
    const ask = async () => changed(await (this.#isDraining ? client.undrainWorker(id) : client.drainWorker(id)))
    this.#request = new RequestButton('drain', 'Drain', ask, signal)
    this.root = element('div', { class: 'worker-actions' }, this.#request.button, this.#request.fault)
  }

  show({ status }: Pick<Worker, 'status'>): void {
    this.#isDraining = status === 'draining'
    this.root.hidden = status === 'lost'
    setText(this.#request.button, this.#isDraining ? 'Take jobs again' : 'Drain')
  }
}
