import { readAddress, writeAddress } from '../../address.ts'
import type { ViewContext } from '../../context.ts'
import { DatasetNames } from '../../data/dataset_names.ts'
import { poll } from '../../data/poll.ts'
import { element, setAttribute, setChildren, setText } from '../../dom/element.ts'
import { formatCount } from '../../format.ts'
import { usesDataset, type Job } from '@unroll/client'
import { workersStrip } from '../fleet/workers.ts'
import { liveLoss } from '../run/live_loss.ts'
import { button } from '../shared/confirmed_button.ts'
import { copyable } from '../shared/copyable.ts'
import { filterBar } from './filter_bar.ts'
import { JobChoice } from './job_choice.ts'
import { COLUMNS, sortJobs, type ColumnKey, type JobFacts } from './job_columns.ts'
import { formatFilter, isLookingThrough, parseFilter, passesFilter, type JobFilter } from './job_filter.ts'
import { JobRow } from './job_row.ts'

const EVERY_MS = 2_000
const PAGE = 50
/** Jobs that are looked through, the newest first, for what the service cannot be asked for. */
const MOST_LOOKED_THROUGH = 1_000
/** Curves that are asked for at once. */
const CURVES_AT_ONCE = 4

interface Listed {
  readonly job: Job
  readonly facts: JobFacts
}

/** The page of all jobs, newest first. */
export function showJobs(root: HTMLElement, context: ViewContext): void {
  const list = new JobList(context)
  root.replaceChildren(
    workersStrip(context),
    element(
      'section',
      { attributes: { 'aria-label': 'Jobs' } },
      element('div', { class: 'section-head' }, element('h1', { text: 'Jobs' }), list.actions),
      list.root,
    ),
  )
}

class JobList {
  readonly root: HTMLElement
  readonly actions: HTMLElement
  readonly #context: ViewContext
  readonly #choice: JobChoice
  readonly #names: DatasetNames
  readonly #head: HTMLElement = element('tr')
  readonly #body: HTMLElement = element('tbody', { testId: 'jobs' })
  readonly #table: HTMLElement
  readonly #empty: HTMLElement
  readonly #none: HTMLElement = element('p', { class: 'quiet', testId: 'none-found' })
  readonly #older: HTMLButtonElement = button('Show older jobs', 'older-jobs')
  #rows = new Map<string, JobRow>()
  #filter: JobFilter = parseFilter(readAddress())
  #shown = PAGE
  #listed: readonly Listed[] = []

  constructor(context: ViewContext) {
    this.#context = context
    const { signal, client } = context
    this.#names = new DatasetNames(client)
    this.#choice = new JobChoice(context, () => void this.#refreshNow())
    this.actions = element('div', { class: 'controls' }, this.#choice.root)
    this.#table = element('table', { class: 'jobs' }, element('thead', {}, this.#head), this.#body)
    this.#empty = noJobsYet(signal)
    this.#older.addEventListener('click', () => this.#showOlder(), { signal })
    this.#table.hidden = this.#empty.hidden = this.#none.hidden = this.#older.hidden = true
    const bar = filterBar(this.#filter, signal, (changes) => this.#change(changes))
    this.root = element(
      'div',
      {},
      bar,
      element('div', { class: 'scrolled' }, this.#table),
      this.#none,
      this.#empty,
      this.#older,
    )
    this.#showHead()
    void poll(() => this.#refresh(), { everyMs: EVERY_MS, ...context })
  }

  #change(changes: Partial<JobFilter>): void {
    this.#filter = { ...this.#filter, ...changes }
    writeAddress(formatFilter(this.#filter))
    if (changes.columns !== undefined) this.#rows = new Map()
    this.#showHead()
    this.#show()
    void this.#refreshNow()
  }

  async #refreshNow(): Promise<void> {
    await this.#refresh().catch((error: unknown) => this.#context.connection.failed(error, EVERY_MS))
  }

  async #refresh(): Promise<'later'> {
    const { client, signal } = this.#context
    const filter = this.#filter
    const { jobs, hasMore, looked } = await this.#find(filter)
    const losses = await Promise.all(jobs.map((job) => liveLoss(client, job, signal)))
    const datasets = jobs.flatMap(({ spec: { data } }) => (usesDataset(data) ? [data.dataset] : []))
    await this.#names.load(datasets, signal)
    if (filter !== this.#filter || signal.aborted) return 'later' // something else is asked for by now
    const now = Date.now()
    this.#listed = jobs.map((job, at) => ({
      job,
      facts: { loss: losses[at] ?? null, dataset: this.#datasetOf(job), now },
    }))
    this.#older.hidden = !hasMore
    const isFiltered = filter.status !== null || filter.cell !== null || isLookingThrough(filter)
    this.#empty.hidden = jobs.length > 0 || isFiltered
    this.#none.hidden = jobs.length > 0 || !isFiltered
    setText(
      this.#none,
      `No job is like that${isLookingThrough(filter) ? ` among the newest ${formatCount(looked)}` : ''}.`,
    )
    this.#show()
    void this.#drawCurves()
    return 'later'
  }

  #datasetOf({ spec: { data } }: Job): string | null {
    return usesDataset(data) ? this.#names.get(data.dataset) : null
  }

  /** The newest jobs that pass the filter: the service is asked for state and cell, the rest is looked through. */
  async #find(filter: JobFilter): Promise<{ jobs: Job[]; hasMore: boolean; looked: number }> {
    const { client, signal } = this.#context
    const query = { status: filter.status ?? undefined, cell: filter.cell ?? undefined, limit: PAGE }
    const jobs: Job[] = []
    let looked = 0
    let after: string | undefined
    do {
      const page = await client.jobs.list({ ...query, after }, { signal })
      looked += page.data.length
      jobs.push(...page.data.filter((job) => passesFilter(job, filter, Date.now())))
      after = page.next ?? undefined
    } while (after !== undefined && jobs.length < this.#shown && looked < MOST_LOOKED_THROUGH)
    return { jobs, hasMore: after !== undefined, looked }
  }

  #show(): void {
    const { columns } = this.#filter
    const sorted = sortJobs(this.#listed, this.#filter)
    const kept = new Map<string, JobRow>()
    for (const { job, facts } of sorted) {
      const box = this.#choice.box(job.id, this.#context.signal)
      const row = this.#rows.get(job.id) ?? new JobRow(job.id, box, columns)
      kept.set(job.id, row)
      row.show(job, facts)
    }
    this.#rows = kept
    setChildren(
      this.#body,
      Array.from(kept.values(), ({ root }) => root),
    )
    setAttribute(this.#body, 'data-count', String(kept.size))
    this.#table.hidden = kept.size === 0
    this.#choice.show(sorted.map(({ job }) => job))
  }

  async #drawCurves(): Promise<void> {
    if (!this.#filter.columns.includes('curve')) return
    const { client, signal } = this.#context
    const waiting = [...this.#listed]
    const work = async () => {
      for (let next = waiting.shift(); next !== undefined && !signal.aborted; next = waiting.shift())
        await this.#rows
          .get(next.job.id)
          ?.sparkline.refresh(client, next.job, { signal, now: next.facts.now })
          .catch(() => undefined)
    }
    await Promise.all(Array.from({ length: CURVES_AT_ONCE }, work))
  }

  /** Names of columns, which sort by them. */
  #showHead(): void {
    const { columns, sort, isDescending } = this.#filter
    const heads = columns.map((key) => this.#headCell(key, key === sort ? isDescending : undefined))
    this.#head.replaceChildren(
      element('th', { class: 'choice', attributes: { scope: 'col' } }, this.#choice.all),
      ...heads,
    )
  }

  #headCell(key: ColumnKey, isDescending: boolean | undefined): HTMLElement {
    const { label, isNumber = false } = COLUMNS[key]
    if (key === 'curve') return element('th', { text: label, attributes: { scope: 'col' } })
    const arrow = isDescending === undefined ? '' : isDescending ? ' ↓' : ' ↑'
    const sorter = element('button', {
      class: 'sorter',
      text: `${label}${arrow}`,
      testId: `sort-${key}`,
      attributes: { type: 'button' },
    })
    const isFirstDown = isNumber || key === 'created'
    sorter.addEventListener(
      'click',
      () => this.#change({ sort: key, isDescending: isDescending === undefined ? isFirstDown : !isDescending }),
      {
        signal: this.#context.signal,
      },
    )
    const sorted = isDescending === undefined ? 'none' : isDescending ? 'descending' : 'ascending'
    return element('th', { attributes: { scope: 'col', 'aria-sort': sorted } }, sorter)
  }

  #showOlder(): void {
    this.#shown += PAGE
    void this.#refreshNow()
  }
}

function noJobsYet(signal: AbortSignal): HTMLElement {
  const body = JSON.stringify({ model: { cell: 'lstm' }, data: { task: 'adding' } })
  const command = `curl ${location.origin}/v1/jobs -H 'content-type: application/json' -d '${body}'`
  return element(
    'div',
    { class: 'empty', testId: 'empty' },
    element('h2', { text: 'No jobs yet' }),
    element('p', { text: 'Post one, and it shows up here as soon as it is accepted:' }),
    copyable(command, { testId: 'curl', signal }),
  )
}
