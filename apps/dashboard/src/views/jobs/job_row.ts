import { element, setAttribute, setText } from '../../dom/element.ts'
import { formatAge, formatName, formatValue } from '../../format.ts'
import { jobHref } from '../../router.ts'
import { timeWords, type Job } from '@unroll/client'
import { Progress } from '../run/progress.ts'
import { showStatus, statusBadge } from '../shared/status.ts'
import { dataWords } from '../shared/words.ts'

/** One job of the list. Its nodes stay; a refresh only changes different text. */
export class JobRow {
  readonly root: HTMLElement
  readonly #status: HTMLElement = statusBadge()
  readonly #link: HTMLElement
  readonly #cell: HTMLElement = element('td', { attributes: { 'data-label': 'Cell' } })
  readonly #data: HTMLElement = element('td', { attributes: { 'data-label': 'Data' } })
  readonly #progress = new Progress()
  readonly #time: HTMLElement = element('div', { class: 'quiet', testId: 'job-time' })
  readonly #loss: HTMLElement = element('td', { class: 'number', attributes: { 'data-label': 'Loss' }, testId: 'loss' })
  readonly #created: HTMLElement = element('time')

  /** @param choice the box that selects the job for a comparison */
  constructor(id: string, choice: HTMLElement) {
    this.#link = element('a', { attributes: { href: jobHref(id) }, testId: 'job-link' })
    this.root = element(
      'tr',
      { testId: 'job-row', attributes: { 'data-job': id } },
      element('td', { class: 'choice' }, choice),
      element('td', {}, this.#status),
      element('td', { class: 'name' }, this.#link),
      this.#cell,
      this.#data,
      element('td', {}, this.#progress.root, this.#time),
      this.#loss,
      element('td', { class: 'quiet', attributes: { 'data-label': 'Created' } }, this.#created),
    )
  }

  show(job: Job, { loss, now }: { loss: number | null; now: number }): void {
    showStatus(this.#status, job)
    setAttribute(this.root, 'data-status', job.status)
    setText(this.#link, job.name)
    setText(this.#cell, formatName(job.spec.model.cell))
    setText(this.#data, dataWords(job.spec))
    this.#progress.show(job)
    setText(this.#time, timeWords(job))
    setAttribute(this.#time, 'title', job.queue.eta_unknown)
    setText(this.#loss, loss === null ? '–' : formatValue(loss))
    setText(this.#created, formatAge(job.created_at, now))
    setAttribute(this.#created, 'datetime', job.created_at)
    setAttribute(this.#created, 'title', new Date(job.created_at).toLocaleString())
  }
}
