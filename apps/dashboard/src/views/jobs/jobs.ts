import type { ViewContext } from '../../context.ts'
import { element, setAttribute, setChildren } from '../../dom/element.ts'
import { formatName } from '../../format.ts'
import { poll } from '../../data/poll.ts'
import { JOB_STATUSES, type Job, type JobStatus, type UnrollClient } from '@unroll/client'
import { labelledSelect } from '../shared/chart_panel.ts'
import { ComparisonChoice } from '../sweeps/comparison_choice.ts'
import { button } from '../shared/confirmed_button.ts'
import { copyable } from '../shared/copyable.ts'
import { JobRow } from './job_row.ts'
import { tableHead } from '../shared/table.ts'
import { liveLoss } from '../run/live_loss.ts'
import { workersStrip } from '../fleet/workers.ts'

const EVERY_MS = 2_000
const PAGE = 50
const COLUMNS = ['', 'Status', 'Name', 'Cell', 'Data', 'Progress', 'Loss', 'Created']

/** The page of all jobs, newest first. */
export function showJobs(root: HTMLElement, context: ViewContext, status: string | null): void {
  const wanted = JOB_STATUSES.find((known) => known === status)
  const choice = new ComparisonChoice()
  const list = new JobList(context, wanted, choice)
  root.replaceChildren(
    workersStrip(context),
    element(
      'section',
      { attributes: { 'aria-label': 'Jobs' } },
      element(
        'div',
        { class: 'section-head' },
        element('h1', { text: 'Jobs' }),
        element('div', { class: 'controls' }, choice.link, statusFilter(wanted, context.signal)),
      ),
      list.root,
    ),
  )
}

class JobList {
  readonly root: HTMLElement
  readonly #context: ViewContext
  readonly #status: JobStatus | undefined
  readonly #body: HTMLElement = element('tbody', { testId: 'jobs' })
  readonly #table: HTMLElement
  readonly #empty: HTMLElement
  readonly #older: HTMLButtonElement
  readonly #rows = new Map<string, JobRow>()
  readonly #choice: ComparisonChoice
  #shown = PAGE

  constructor(context: ViewContext, status: JobStatus | undefined, choice: ComparisonChoice) {
    this.#context = context
    this.#choice = choice
    this.#status = status
    const { signal, pace, connection } = context
    this.#table = element('table', { class: 'jobs' }, tableHead(COLUMNS), this.#body)
    this.#empty = emptyState(status, signal)
    this.#older = button('Show older jobs', 'older-jobs')
    this.#older.addEventListener('click', () => void this.#showOlder(), { signal })
    this.#table.hidden = this.#empty.hidden = this.#older.hidden = true
    this.root = element('div', {}, this.#table, this.#empty, this.#older)
    void poll(() => this.#refresh(), { everyMs: EVERY_MS, signal, pace, connection })
  }

  async #refresh(): Promise<'later'> {
    const { client, signal } = this.#context
    const { jobs, hasMore } = await newestJobs(client, { status: this.#status, count: this.#shown, signal })
    const losses = await Promise.all(jobs.map((job) => liveLoss(client, job, signal)))
    this.#show(jobs, losses)
    this.#older.hidden = !hasMore
    return 'later'
  }

  #show(jobs: readonly Job[], losses: readonly (number | null)[]): void {
    for (const id of this.#rows.keys()) if (jobs.every((job) => job.id !== id)) this.#rows.delete(id)
    const rows = jobs.map((job, index) => {
      const row = this.#rows.get(job.id) ?? new JobRow(job.id, this.#choice.box(job.id, this.#context.signal))
      this.#rows.set(job.id, row)
      row.show(job, { loss: losses[index] ?? null, now: Date.now() })
      return row.root
    })
    setChildren(this.#body, rows)
    setAttribute(this.#body, 'data-count', String(rows.length))
    this.#table.hidden = rows.length === 0
    this.#empty.hidden = rows.length > 0
  }

  async #showOlder(): Promise<void> {
    this.#shown += PAGE
    await this.#refresh().catch((error: unknown) => this.#context.connection.failed(error, EVERY_MS))
  }
}

async function newestJobs(
  client: UnrollClient,
  { status, count, signal }: { status: JobStatus | undefined; count: number; signal: AbortSignal },
): Promise<{ jobs: Job[]; hasMore: boolean }> {
  const jobs: Job[] = []
  let after: string | undefined
  do {
    const page = await client.jobs.list({ status, after, limit: PAGE }, { signal })
    jobs.push(...page.data)
    after = page.next ?? undefined
  } while (after !== undefined && jobs.length < count)
  return { jobs, hasMore: after !== undefined }
}

function statusFilter(wanted: JobStatus | undefined, signal: AbortSignal): HTMLElement {
  const choices = ['', ...JOB_STATUSES].map((value) => ({ value, text: value === '' ? 'any' : formatName(value) }))
  const { root, select } = labelledSelect('Status', choices, {
    testId: 'status-filter',
    signal,
    onChange: (value) => {
      location.hash = value === '' ? '#/' : `#/?status=${value}`
    },
  })
  select.value = wanted ?? ''
  return root
}

function emptyState(status: JobStatus | undefined, signal: AbortSignal): HTMLElement {
  if (status !== undefined)
    return element('p', { class: 'quiet', text: `No job is ${formatName(status)}.`, testId: 'empty' })
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
