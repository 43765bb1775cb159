import { element, setAttribute, setText } from '../../dom/element.ts'
import { formatCount } from '../../format.ts'
import type { Job } from '@unroll/client'

/** A progress bar with its steps. */
export class Progress {
  readonly root: HTMLElement
  readonly #bar: HTMLProgressElement = element('progress', { attributes: { 'aria-label': 'Training steps done' } })
  readonly #words: HTMLElement = element('span', { class: 'number' })

  constructor() {
    this.root = element('div', { class: 'progress', testId: 'progress' }, this.#bar, this.#words)
  }

  show({ progress, status, outcome }: Pick<Job, 'progress' | 'status' | 'outcome'>): void {
    this.#bar.max = progress.max_steps
    this.#bar.value = progress.step
    setText(this.#words, `${formatCount(progress.step)} / ${formatCount(progress.max_steps)}`)
    setAttribute(this.root, 'data-step', String(progress.step))
    setAttribute(this.root, 'data-status', status)
    setAttribute(this.root, 'data-at-chance', String(outcome?.at_chance === true))
  }
}
