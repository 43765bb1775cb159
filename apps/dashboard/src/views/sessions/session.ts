import type { ViewContext } from '../../context.ts'
import { poll } from '../../data/poll.ts'
import { element, setText } from '../../dom/element.ts'
import { keyedChildren } from '../../dom/keyed_children.ts'
import { formatAge, formatBytes, formatCount } from '../../format.ts'
import type { SessionDetail } from '@unroll/client'
import { ConfirmedButton } from '../shared/confirmed_button.ts'
import { missingPage, nullIfMissing } from '../shared/missing_page.ts'
import { faultText } from '../shared/request_button.ts'
import { specification } from '../shared/specification.ts'
import { showStatus, statusBadge } from '../shared/status.ts'
import { tableCell, tableHead } from '../shared/table.ts'
import { clippingWords, errorWords, memoryWords, modelWords, optimizerWords } from '../shared/words.ts'
import { SessionCharts } from './session_charts.ts'
import { agoWords } from './sessions.ts'

const EVERY_MS = 1_000
const SAVED = ['Weights', 'Name', 'Step', 'Size', 'Saved']

/** The page of a session: its newest updates, the flow of its last batch, and what it has saved. */
export function showSession(root: HTMLElement, context: ViewContext, id: string): void {
  const { client, signal, pace, connection } = context
  root.replaceChildren(element('p', { class: 'quiet', text: 'Loading the session …' }))
  let page: SessionPage | undefined
  const tick = async () => {
    const session = await client.sessions.get(id, { signal }).catch(nullIfMissing)
    if (session === null) {
      const words = `There is no session ${id} here. It may have been deleted.`
      root.replaceChildren(
        missingPage('No such session', words, 'not-found', { text: 'All sessions', href: '#/sessions' }),
      )
      return 'stop' as const
    }
    page ??= new SessionPage(root, context, session)
    page.show(session)
    return 'later' as const
  }
  void poll(tick, { everyMs: EVERY_MS, signal, pace, connection })
}

class SessionPage {
  readonly #charts: SessionCharts
  readonly #status: HTMLElement = statusBadge()
  readonly #step: HTMLElement = element('dd', { testId: 'session-step' })
  readonly #used: HTMLElement = element('dd', { testId: 'session-used' })
  readonly #saved: HTMLElement = element('tbody', { testId: 'session-saved' })
  readonly #none: HTMLElement = element('p', {
    class: 'quiet',
    text: 'None: POST …/save keeps them under /v1/weights.',
  })
  readonly #showSaved = keyedChildren(this.#saved, savedRow)

  constructor(root: HTMLElement, context: ViewContext, session: SessionDetail) {
    this.#charts = new SessionCharts(session, context.signal)
    const [loss, norms, flow] = this.#charts.roots
    const page = element(
      'div',
      { class: 'run-page', testId: 'session', attributes: { 'data-session': session.id } },
      this.#head(session, context),
      element('div', { class: 'run-column' }, flow ?? null, this.#files()),
      element('div', { class: 'run-column' }, loss ?? null, norms ?? null),
      specification(session),
    )
    root.replaceChildren(page)
    document.title = `${session.name} · Unroll`
  }

  show(session: SessionDetail): void {
    showStatus(this.#status, session)
    setText(this.#step, formatCount(session.step))
    setText(this.#used, agoWords(session, Date.now()))
    this.#showSaved(session.saved)
    this.#none.hidden = session.saved.length > 0
    this.#charts.draw(session)
  }

  #head(session: SessionDetail, context: ViewContext): HTMLElement {
    const crumbs = element(
      'nav',
      { class: 'crumbs', attributes: { 'aria-label': 'Path' } },
      element('a', { text: 'Sessions', attributes: { href: '#/sessions' } }),
      ' / ',
      element('code', { text: session.id }),
    )
    const name = element('h1', { text: session.name, testId: 'session-name' })
    return element(
      'section',
      { class: 'run-head' },
      crumbs,
      element('div', { class: 'section-head' }, name, this.#status, deletion(session, context)),
      this.#facts(session),
    )
  }

  #facts({ spec, owner, created_at: created, estimate }: SessionDetail): HTMLElement {
    const facts = {
      Step: this.#step,
      'Last used': this.#used,
      Network: fact(modelWords(spec)),
      Optimizer: fact(optimizerWords(spec)),
      Clipping: fact(clippingWords(spec)),
      Owner: fact(owner),
      Created: fact(formatAge(created, Date.now())),
      Memory: fact(memoryWords(estimate)),
    }
    const entries = Object.entries(facts).map(([title, words]) =>
      element('div', {}, element('dt', { text: title }), words),
    )
    return element('dl', { class: 'setup' }, ...entries)
  }

  #files(): HTMLElement {
    return element(
      'section',
      { class: 'panel', attributes: { 'aria-label': 'Saved weights' } },
      element('h2', { text: 'Saved weights' }),
      element('div', { class: 'scrolled' }, element('table', { class: 'jobs' }, tableHead(SAVED), this.#saved)),
      this.#none,
    )
  }
}

function fact(words: string): HTMLElement {
  return element('dd', { text: words })
}

/** The button that deletes a session, beside the reason why it could not. */
function deletion({ id }: SessionDetail, { client, signal }: ViewContext): HTMLElement {
  const fault = faultText('action-error')
  const remove = async () => {
    setText(fault, '')
    try {
      await client.sessions.delete(id, { signal })
      location.hash = '#/sessions'
    } catch (error) {
      setText(fault, errorWords(error))
    }
  }
  const words = { ask: 'Delete session', confirm: 'Yes, delete it' }
  return element(
    'div',
    { class: 'actions' },
    fault,
    new ConfirmedButton('delete', words, () => void remove(), signal).root,
  )
}

function savedRow({ weights, name, step, bytes, created_at: created }: SessionDetail['saved'][number]): HTMLElement {
  return element(
    'tr',
    { testId: 'saved-row' },
    element('td', { attributes: { 'data-label': 'Weights' } }, element('code', { text: weights })),
    tableCell('Name', name),
    tableCell('Step', formatCount(step)),
    tableCell('Size', formatBytes(bytes)),
    tableCell('Saved', created.slice(0, 16).replace('T', ' ')),
  )
}
