import type { ViewContext } from '../../context.ts'
import { poll } from '../../data/poll.ts'
import { element } from '../../dom/element.ts'
import { keyedChildren } from '../../dom/keyed_children.ts'
import { formatAge, formatCount } from '../../format.ts'
import { sessionHref } from '../../router.ts'
import type { Session } from '@unroll/client'
import { showStatus, statusBadge } from '../shared/status.ts'
import { tableCell, tableHead } from '../shared/table.ts'
import { modelWords } from '../shared/words.ts'

const EVERY_MS = 2_000
const SHOWN = 100
const COLUMNS = ['Status', 'Name', 'Network', 'Step', 'Owner', 'Last used', 'Created']

/** The page of all sessions, newest first. */
export function showSessions(root: HTMLElement, { client, signal, pace, connection }: ViewContext): void {
  document.title = 'Sessions · Unroll'
  const body = element('tbody', { testId: 'sessions' })
  const table = element('table', { class: 'jobs' }, tableHead(COLUMNS), body)
  const empty = element('p', {
    class: 'quiet',
    testId: 'empty',
    text: 'No session yet: POST /v1/sessions makes a network that is trained with batches of your own.',
  })
  table.hidden = empty.hidden = true
  root.replaceChildren(element('section', {}, element('h1', { text: 'Sessions' }), table, empty))
  const showRows = keyedChildren(body, row)
  const tick = async () => {
    const { data } = await client.sessions.list({ limit: SHOWN }, { signal })
    const now = Date.now()
    showRows(
      data.map((session) => ({ session, used: agoWords(session, now), age: formatAge(session.created_at, now) })),
    )
    table.hidden = data.length === 0
    empty.hidden = data.length > 0
    return 'later' as const
  }
  void poll(tick, { everyMs: EVERY_MS, signal, pace, connection })
}

function row({ session, used, age }: { session: Session; used: string; age: string }): HTMLElement {
  const { id, name, spec, step, owner } = session
  const badge = statusBadge()
  showStatus(badge, session)
  return element(
    'tr',
    { testId: 'session-row' },
    element('td', {}, badge),
    element('td', { class: 'name' }, element('a', { text: name, attributes: { href: sessionHref(id) } })),
    tableCell('Network', modelWords(spec)),
    tableCell('Step', formatCount(step)),
    tableCell('Owner', owner),
    tableCell('Last used', used),
    tableCell('Created', age),
  )
}

/** How long ago a session was last used. */
export function agoWords({ used_at: used }: Pick<Session, 'used_at'>, now: number): string {
  return used === null ? 'not yet' : formatAge(used, now)
}
