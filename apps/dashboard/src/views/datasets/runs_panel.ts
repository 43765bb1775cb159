import type { ViewContext } from '../../context.ts'
import { poll } from '../../data/poll.ts'
import { element } from '../../dom/element.ts'
import { keyedChildren } from '../../dom/keyed_children.ts'
import { formatAge, formatName, formatValue } from '../../format.ts'
import { jobHref } from '../../router.ts'
import type { Job } from '@unroll/client'
import { showStatus, statusBadge } from '../shared/status.ts'
import { tableCell, tableHead } from '../shared/table.ts'

const EVERY_MS = 5_000
const SHOWN_RUNS = 50
const COLUMNS = ['Status', 'Name', 'Cell', 'Learns', 'Evaluation', 'Created']

/** The runs that train on a data set, newest first. */
export class RunsPanel {
  readonly root: HTMLElement
  readonly #body: HTMLElement = element('tbody', { testId: 'dataset-runs' })
  readonly #none: HTMLElement = element('p', { class: 'quiet', text: 'No run uses it yet.' })
  readonly #table: HTMLElement
  readonly #showRows = keyedChildren(this.#body, runRow)

  constructor({ client, signal, pace, connection }: ViewContext, dataset: string) {
    this.#table = element('table', { class: 'jobs' }, tableHead(COLUMNS), this.#body)
    this.#table.hidden = this.#none.hidden = true
    this.root = element(
      'section',
      { attributes: { 'aria-label': 'Runs' } },
      element('h2', { text: 'Runs' }),
      this.#table,
      this.#none,
    )
    const tick = async () => {
      const { data } = await client.jobs.list({ dataset, limit: SHOWN_RUNS }, { signal })
      this.#showRows(data.map((job) => ({ job, age: formatAge(job.created_at, Date.now()) })))
      this.#table.hidden = data.length === 0
      this.#none.hidden = data.length > 0
      return 'later' as const
    }
    void poll(tick, { everyMs: EVERY_MS, signal, pace, connection })
  }
}

function runRow({ job, age }: { job: Job; age: string }): HTMLElement {
  const badge = statusBadge()
  showStatus(badge, job)
  const { id, name, spec } = job
  const problem = 'dataset' in spec.data ? spec.data.problem : undefined
  return element(
    'tr',
    { testId: 'run-row', attributes: { 'data-job': id } },
    element('td', {}, badge),
    element('td', { class: 'name' }, element('a', { text: name, attributes: { href: jobHref(id) } })),
    tableCell('Cell', formatName(spec.model.cell)),
    tableCell('Learns', problem === undefined ? 'what the fields say' : formatName(problem)),
    tableCell('Evaluation', evaluationWords(job)),
    tableCell('Created', age),
  )
}

const SCORES = ['accuracy', 'mae', 'bits_per_character', 'loss'] as const

/** The most telling score of an ended run. */
function evaluationWords({ result }: Job): string {
  const name = SCORES.find((score) => result?.[`evaluation_${score}`] !== undefined)
  if (name === undefined) return '–'
  const value = Number(result?.[`evaluation_${name}`])
  return name === 'accuracy' ? `accuracy ${(value * 100).toFixed(1)} %` : `${formatName(name)} ${formatValue(value)}`
}
