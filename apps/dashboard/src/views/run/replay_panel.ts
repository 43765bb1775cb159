import type { StepCursor } from '../../charts/step_cursor.ts'
import type { ViewContext } from '../../context.ts'
import { element, setAttribute } from '../../dom/element.ts'
import { keyedChildren } from '../../dom/keyed_children.ts'
import { formatCount } from '../../format.ts'
import { compareHref } from '../../router.ts'
import type { Job, Replay } from '@unroll/client'
import { chartPanel } from '../shared/chart_panel.ts'
import { button } from '../shared/confirmed_button.ts'
import { RequestButton } from '../shared/request_button.ts'
import { showReplay } from './replay_result.ts'
import type { RunMark } from './run_marks.ts'

/** Of the flow, gates and states a page can show all. */
const OBSERVED = ['flow', 'gates', 'states']
/** Steps of findings and of what was not finite that are offered. */
const MOST_OFFERED = 8

/** A past step again: computed and looked at closely, or gone on from with something changed. */
export class ReplayPanel {
  readonly root: HTMLElement
  readonly #context: ViewContext
  readonly #job: Job
  readonly #step: HTMLInputElement
  readonly #changes: HTMLTextAreaElement
  readonly #offers: HTMLElement = element('span', { class: 'actions', testId: 'replay-offers' })
  readonly #showOffers = keyedChildren(this.#offers, ([step, words]: readonly [number, string]) => {
    const offer = button(`step ${formatCount(step)}`, 'replay-offer')
    offer.title = words
    offer.addEventListener('click', () => this.choose(step), { signal: this.#context.signal })
    return offer
  })
  readonly #result: HTMLElement = element('div', { testId: 'replay-result', attributes: { 'aria-live': 'polite' } })
  /** Ends the charts of the result that is shown. */
  #shown = new AbortController()

  constructor(context: ViewContext, job: Job, cursor: StepCursor) {
    const { signal } = context
    this.#context = context
    this.#job = job
    this.#step = element('input', {
      testId: 'replay-step',
      attributes: { type: 'number', min: '1', value: String(Math.max(1, job.progress.step)) },
    })
    this.#changes = element('textarea', {
      testId: 'fork-changes',
      attributes: { rows: '2', spellcheck: 'false', 'aria-label': 'Changes of the fork, a JSON merge patch' },
      text: '{ "optimizer": { "learning_rate": 0.0001 } }',
    })
    const replay = new RequestButton('replay', 'Compute it again', () => this.#replay(), signal)
    const fork = new RequestButton('fork', 'Fork after it', () => this.#fork(), signal)
    cursor.listen(() => cursor.pinned === null || this.choose(cursor.pinned), signal)
    const body = element(
      'div',
      { class: 'past-step' },
      element(
        'p',
        { class: 'go-on' },
        element('label', { class: 'field' }, 'step', this.#step),
        replay.button,
        replay.fault,
        this.#offers,
      ),
      element(
        'label',
        { class: 'form-field' },
        element('span', { text: 'changes from the next step on' }),
        this.#changes,
      ),
      element('p', { class: 'actions' }, fork.button, fork.fault),
      this.#result,
    )
    this.root = chartPanel({ title: 'A past step again', note: 'bit for bit, from the checkpoint before it' }, body)
    this.root.id = 'past-step'
    void this.#showNewest()
  }

  /** Takes a step, and changes that a fork after it would make. */
  choose(step: number, changes?: object): void {
    this.#step.value = String(Math.round(step))
    if (changes !== undefined) this.#changes.value = JSON.stringify(changes)
  }

  /** Takes a step as `choose` does and brings the panel into view. */
  offer(step: number, changes?: object): void {
    this.choose(step, changes)
    this.root.scrollIntoView({ block: 'nearest' })
    this.#step.focus({ preventScroll: true })
  }

  /** Offers the steps of what happened in the run, the first before later ones and each once. */
  showMarks(marks: readonly RunMark[]): void {
    const steps = new Map(
      marks.flatMap(({ kind, from, words }) =>
        kind === 'finding' || kind === 'nonfinite' ? [[Math.max(1, from), words]] : [],
      ),
    )
    this.#showOffers([...steps].toSorted(([a], [b]) => a - b).slice(0, MOST_OFFERED))
  }

  async #replay(): Promise<void> {
    const { client, signal } = this.#context
    const asked = await client.jobs.replay(
      this.#job.id,
      { step: Number(this.#step.value), observe: OBSERVED },
      { signal },
    )
    this.#show(asked)
    this.#show(await client.jobs.replayEnd(this.#job.id, asked.id, { signal }))
  }

  async #fork(): Promise<void> {
    const { client, signal } = this.#context
    const step = Number(this.#step.value)
    const changes = parseChanges(this.#changes.value)
    const name = `${this.#job.name} · from ${formatCount(step)}`.slice(-128)
    const { id } = await client.jobs.fork(this.#job.id, { step, changes: { name, ...changes } }, { signal })
    location.hash = compareHref([this.#job.id, id])
  }

  /** What was asked for before stays with the run. */
  async #showNewest(): Promise<void> {
    const { client, signal } = this.#context
    const [newest] = await client.jobs.replays(this.#job.id, { signal }).catch(() => [])
    if (newest !== undefined && this.#result.childElementCount === 0) this.#show(newest)
  }

  #show(replay: Replay): void {
    this.#shown.abort()
    this.#shown = new AbortController()
    const signal = AbortSignal.any([this.#context.signal, this.#shown.signal])
    this.#result.replaceChildren(...showReplay(replay, signal))
    setAttribute(this.#result, 'data-status', replay.status)
  }
}

/** @throws {RangeError} where the text is no JSON object */
function parseChanges(text: string): object {
  let changes: unknown
  try {
    changes = JSON.parse(text.trim() || '{}')
  } catch (cause) {
    throw new RangeError(`Cannot read the changes as JSON: ${(cause as Error).message}`, { cause })
  }
  if (typeof changes === 'object' && changes !== null && !Array.isArray(changes)) return changes
  throw new RangeError('Cannot fork with these changes: a JSON object is wanted')
}
