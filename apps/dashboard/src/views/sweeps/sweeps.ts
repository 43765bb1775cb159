import type { ViewContext } from '../../context.ts'
import { element } from '../../dom/element.ts'
import { formatAge, formatName, formatValue } from '../../format.ts'
import { keyedChildren } from '../../dom/keyed_children.ts'
import { poll } from '../../data/poll.ts'
import { sweepHref } from '../../router.ts'
import type { SweepSummary } from '@unroll/client'
import { showStatus, statusBadge } from '../shared/status.ts'
import { tableCell, tableHead } from '../shared/table.ts'

const EVERY_MS = 2_000
const SHOWN = 100
const COLUMNS = ['Status', 'Name', 'Strategy', 'Jobs', 'Best', 'Created']

/** The page of all sweeps, newest first. */
export function showSweeps(root: HTMLElement, { client, signal, pace, connection }: ViewContext): void {
  document.title = 'Sweeps · Unroll'
  const body = element('tbody', { testId: 'sweeps' })
  const table = element('table', { class: 'jobs' }, tableHead(COLUMNS), body)
  const empty = element('p', { class: 'quiet', text: 'No sweep yet: POST /v1/sweeps, or unroll sweep, makes one.' })
  table.hidden = empty.hidden = true
  root.replaceChildren(element('section', {}, element('h1', { text: 'Sweeps' }), table, empty))
  const showRows = keyedChildren(body, row)
  const tick = async () => {
    const { data } = await client.sweeps.list({ limit: SHOWN }, { signal })
    showRows(data.map((sweep) => ({ sweep, age: formatAge(sweep.created_at, Date.now()) })))
    table.hidden = data.length === 0
    empty.hidden = data.length > 0
    return 'later' as const
  }
  void poll(tick, { everyMs: EVERY_MS, signal, pace, connection })
}

function row({ sweep, age }: { sweep: SweepSummary; age: string }): HTMLElement {
  const { id, name, strategy, best } = sweep
  const badge = statusBadge()
  showStatus(badge, sweep)
  return element(
    'tr',
    { testId: 'sweep-row' },
    element('td', {}, badge),
    element('td', { class: 'name' }, element('a', { text: name, attributes: { href: sweepHref(id) } })),
    tableCell('Strategy', formatName(strategy.type)),
    tableCell('Jobs', jobsWords(sweep)),
    tableCell('Best', best === null ? '–' : formatValue(Number(best.value))),
    tableCell('Created', age),
  )
}

/** The number of jobs in each state: `3 succeeded, 1 running`. */
export function jobsWords({ jobs }: Pick<SweepSummary, 'jobs'>): string {
  const counts = Object.entries(jobs).filter(([, count]) => count > 0)
  return counts.map(([status, count]) => `${count} ${formatName(status)}`).join(', ')
}
