import type { ViewContext } from '../../context.ts'
import { element, setAttribute, setText } from '../../dom/element.ts'
import { poll } from '../../data/poll.ts'
import { isFinal, type Diagnosis, type JobStatus } from '@unroll/client'
import { unseenWords, verdictWords } from '../../diagnosis_words.ts'
import { findingCard } from './finding_card.ts'

const EVERY_MS = 2_000

/** The findings of the worker about a run. */
export class DiagnosisPanel {
  readonly root: HTMLElement
  readonly #context: ViewContext
  readonly #verdict: HTMLElement = element('span', { class: 'quiet', testId: 'verdict' })
  readonly #list: HTMLElement = element('ul', { class: 'findings', testId: 'findings' })
  readonly #unseen: HTMLElement = element('p', { class: 'quiet', testId: 'not-looked-at' })
  #shown = ''
  #isFinal = false

  constructor(context: ViewContext, jobId: string) {
    this.#context = context
    this.root = element(
      'section',
      { class: 'panel', attributes: { 'aria-label': 'Diagnosis' } },
      element('div', { class: 'section-head' }, element('h2', { text: 'Diagnosis' }), this.#verdict),
      this.#list,
      this.#unseen,
    )
    const tick = async (signal: AbortSignal) => {
      const wasFinal = this.#isFinal
      this.#show(await context.client.jobs.diagnosis(jobId, { signal }))
      return wasFinal ? 'stop' : 'later'
    }
    void poll(tick, { everyMs: EVERY_MS, ...context })
  }

  /** Findings are read once more after the end. */
  jobIs(status: JobStatus): void {
    this.#isFinal = isFinal(status)
  }

  /** Cards are created again only when a finding has changed, so that a button keeps its focus. */
  #show({ findings, rules }: Diagnosis): void {
    const active = findings.filter(({ until_step }) => until_step === null).length
    setText(this.#verdict, verdictWords(active, findings.length - active, rules))
    setText(this.#unseen, unseenWords(rules))
    setAttribute(this.#list, 'data-count', String(findings.length))
    const news = JSON.stringify(findings)
    if (news === this.#shown) return
    this.#shown = news
    this.#list.replaceChildren(...findings.map((finding) => findingCard(this.#context, finding)))
  }
}
