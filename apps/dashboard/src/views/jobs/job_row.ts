import { element, setAttribute, setText } from '../../dom/element.ts'
import { jobHref } from '../../router.ts'
import { timeWords, type Job } from '@unroll/client'
import { Progress } from '../run/progress.ts'
import { showStatus, statusBadge } from '../shared/status.ts'
import { COLUMNS, type ColumnKey, type JobFacts } from './job_columns.ts'
import { Sparkline } from './sparkline.ts'

/** One job of the list. Its nodes stay; a refresh only changes different text. */
export class JobRow {
  readonly root: HTMLElement
  readonly sparkline: Sparkline = new Sparkline()
  readonly #status: HTMLElement = statusBadge()
  readonly #link: HTMLElement
  readonly #progress = new Progress()
  readonly #time: HTMLElement = element('div', { class: 'quiet', testId: 'job-time' })
  readonly #cells = new Map<ColumnKey, HTMLElement>()

  /** @param choice the box that selects the job */
  constructor(id: string, choice: HTMLElement, columns: readonly ColumnKey[]) {
    this.#link = element('a', { attributes: { href: jobHref(id) }, testId: 'job-link' })
    for (const column of columns) this.#cells.set(column, this.#createCell(column))
    this.root = element(
      'tr',
      { testId: 'job-row', attributes: { 'data-job': id } },
      element('td', { class: 'choice' }, choice),
      ...this.#cells.values(),
    )
  }

  show(job: Job, facts: JobFacts): void {
    showStatus(this.#status, job)
    setAttribute(this.root, 'data-status', job.status)
    setText(this.#link, job.name)
    this.#progress.show(job)
    setText(this.#time, timeWords(job))
    setAttribute(this.#time, 'title', job.queue.eta_unknown)
    for (const [column, cell] of this.#cells) {
      if (cell.childElementCount > 0) continue // status, name, progress and curve have elements of their own
      setText(cell, COLUMNS[column].text(job, facts))
      if (column === 'created') setAttribute(cell, 'title', new Date(job.created_at).toLocaleString())
      else setAttribute(cell, 'title', cell.textContent)
    }
  }

  #createCell(column: ColumnKey): HTMLElement {
    if (column === 'status') return element('td', {}, this.#status)
    if (column === 'name') return element('td', { class: 'name' }, this.#link)
    if (column === 'progress') return element('td', {}, this.#progress.root, this.#time)
    if (column === 'curve') return element('td', { class: 'curve' }, this.sparkline.root)
    const { label, isNumber = false } = COLUMNS[column]
    return element('td', { class: isNumber ? 'number' : 'quiet', testId: column, attributes: { 'data-label': label } })
  }
}
