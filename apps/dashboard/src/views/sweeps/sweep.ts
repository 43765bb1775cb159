import type { ViewContext } from '../../context.ts'
import { element, setAttribute, setText } from '../../dom/element.ts'
import { formatCount, formatName, formatValue } from '../../format.ts'
import { keyedChildren } from '../../dom/keyed_children.ts'
import { poll } from '../../data/poll.ts'
import { compareHref, jobHref } from '../../router.ts'
import { listChangedFields, inOrder } from '../../data/sweep_order.ts'
import { parsePointer, type Sweep, type SweepRun } from '@unroll/client'
import { MOST_RUNS } from '../compare/compared_runs.ts'
import { ConfirmedButton } from '../shared/confirmed_button.ts'
import { showStatus, statusBadge } from '../shared/status.ts'
import { createTable, tableCell } from '../shared/table.ts'
import { SweepCharts } from './sweep_charts.ts'
import { jobsWords } from './sweeps.ts'
import { errorWords } from '../shared/words.ts'

const EVERY_MS = 2_000

/** The page of a sweep: its runs, the best first. */
export function showSweep(root: HTMLElement, context: ViewContext, id: string): void {
  const { client, signal, pace, connection } = context
  const page = new SweepPage(context, id)
  root.replaceChildren(page.root)
  const tick = async () => {
    const sweep = await client.sweeps.get(id, { signal })
    page.show(sweep)
    return sweep.finished_at === null ? ('later' as const) : ('stop' as const)
  }
  void poll(tick, { everyMs: EVERY_MS, signal, pace, connection })
}

class SweepPage {
  readonly root: HTMLElement
  readonly #charts: SweepCharts
  readonly #name: HTMLElement = element('h1', { testId: 'sweep-name' })
  readonly #status: HTMLElement = statusBadge()
  readonly #jobs: HTMLElement = element('span', { class: 'quiet', testId: 'sweep-jobs' })
  readonly #fault: HTMLElement = element('span', { class: 'fault', attributes: { role: 'alert' } })
  readonly #compare: HTMLAnchorElement = element('a', { class: 'button', testId: 'sweep-compare' })
  readonly #cancel: ConfirmedButton
  readonly #bands: HTMLElement = element('div', { class: 'scrolled' })
  readonly #head: HTMLElement = element('tr')
  readonly #showHeads = keyedChildren(this.#head, (text: string) =>
    element('th', { text, attributes: { scope: 'col' } }),
  )
  readonly #body: HTMLElement = element('tbody', { testId: 'sweep-runs' })
  readonly #showRows = keyedChildren(this.#body, row)

  constructor({ client, signal }: ViewContext, id: string) {
    this.#charts = new SweepCharts(signal)
    const cancel = () =>
      void client.sweeps
        .cancel(id)
        .then((sweep) => this.show(sweep))
        .catch((error: unknown) => setText(this.#fault, errorWords(error)))
    this.#cancel = new ConfirmedButton('cancel', { ask: 'Cancel sweep', confirm: 'Yes, cancel it' }, cancel, signal)
    this.#cancel.root.hidden = this.#compare.hidden = true
    const actions = element('div', { class: 'actions' }, this.#fault, this.#compare, this.#cancel.root)
    const head = element(
      'section',
      { class: 'run-head' },
      element(
        'nav',
        { class: 'crumbs', attributes: { 'aria-label': 'Path' } },
        element('a', { text: 'Sweeps', attributes: { href: '#/sweeps' } }),
        ' / ',
        element('code', { text: id }),
      ),
      element('div', { class: 'section-head' }, this.#name, this.#status, this.#jobs, actions),
    )
    const table = element('table', { class: 'jobs' }, element('thead', {}, this.#head), this.#body)
    this.root = element(
      'div',
      { class: 'sweep-page', testId: 'sweep' },
      head,
      this.#charts.root,
      this.#bands,
      element('div', { class: 'scrolled' }, table),
    )
  }

  /** The band of each point with repeats; nothing without them. */
  #showBands(sweep: Sweep): void {
    const bands = sweep.bands.toSorted((a, b) => b.rung - a.rung || a.point - b.point)
    const fields = [...new Set(bands.flatMap(({ changes }) => Object.keys(changes)))]
    const columns = ['Point', 'Rung', ...fields.map(formatField), 'Values', 'Min', 'Median', 'Max']
    const rows = bands.map(({ point, rung, changes, values, runs, min, median, max }) => [
      `#${point}`,
      String(rung),
      ...fields.map((field) => valueWords(changes[field])),
      `${values} of ${runs}`,
      ...[min, median, max].map((value) => (value === null ? '–' : formatValue(value))),
    ])
    this.#bands.replaceChildren(...(bands.length === 0 ? [] : [createTable('sweep-bands', columns, rows)]))
  }

  show(sweep: Sweep): void {
    const { name, status, best, objective, finished_at: finished } = sweep
    document.title = `${name} · Unroll`
    setText(this.#name, name)
    showStatus(this.#status, sweep)
    setAttribute(this.root, 'data-status', status)
    setText(this.#jobs, jobsWords(sweep))
    const isCancelling = status === 'cancelling'
    const text = isCancelling ? 'Cancelling …' : 'Cancel sweep'
    this.#cancel.show({ hidden: finished !== null, disabled: isCancelling, text })
    const runs = inOrder(sweep)
    const compared = runs.filter(({ value }) => value !== null).slice(0, MOST_RUNS)
    this.#compare.hidden = compared.length < 2
    this.#compare.href = compareHref(compared.map(({ job }) => job))
    setText(this.#compare, `Compare the best ${compared.length}`)
    this.#charts.show(sweep)
    this.#showBands(sweep)
    const fields = listChangedFields(sweep)
    const columns = ['Status', 'Trial', 'Rung', ...fields.map(formatField), 'Step', objective.metric]
    this.#showHeads(columns)
    this.#showRows(runs.map((run) => ({ run, fields, metric: objective.metric, isBest: run.job === best?.job })))
  }
}

interface Row {
  run: SweepRun
  fields: readonly string[]
  metric: string
  isBest: boolean
}

function row({ run, fields, metric, isBest }: Row): HTMLElement {
  const { job, trial, rung, status, stopped_by: finding, step, changes, value } = run
  const badge = statusBadge()
  if (status !== null) showStatus(badge, { status })
  const link = element('a', { text: `#${trial}${isBest ? ' · best' : ''}`, attributes: { href: jobHref(job) } })
  return element(
    'tr',
    { testId: 'sweep-run', ...(isBest && { class: 'best' }), attributes: { 'data-job': job } },
    element(
      'td',
      {},
      badge,
      ...(finding === null ? [] : [element('span', { class: 'quiet', text: ` ${formatName(finding)}` })]),
    ),
    element('td', { class: 'name' }, link),
    tableCell('Rung', String(rung), 'number'),
    ...fields.map((field) => tableCell(formatField(field), valueWords(changes[field]), 'number')),
    tableCell('Step', formatCount(step), 'number'),
    tableCell(metric, value === null ? '–' : formatValue(value), 'number'),
  )
}

/** `/optimizer/learning_rate` as `optimizer.learning_rate`. */
function formatField(field: string): string {
  return parsePointer(field).join('.')
}

function valueWords(value: unknown): string {
  if (typeof value === 'number') return formatValue(value)
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '–')
}
