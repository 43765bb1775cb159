import { element, setAttribute, setText } from '../../dom/element.ts'
import { keyedChildren } from '../../dom/keyed_children.ts'
import type { Diagnosis, Finding } from '@unroll/client'
import { unseenWords, verdictWords } from '../../diagnosis_words.ts'
import { findingCard, type OnStep } from './finding_card.ts'
import { followRun, type RunContext } from './run_context.ts'

const EVERY_MS = 2_000

/** The findings of the worker about a run. */
export class DiagnosisPanel {
  readonly root: HTMLElement
  readonly #context: RunContext
  readonly #onFindings: (findings: readonly Finding[]) => void
  readonly #onStep: OnStep | undefined
  readonly #verdict: HTMLElement = element('span', { class: 'quiet', testId: 'verdict' })
  readonly #list: HTMLElement = element('ul', { class: 'findings', testId: 'findings' })
  readonly #unseen: HTMLElement = element('p', { class: 'quiet', testId: 'not-looked-at' })
  readonly #showCards = keyedChildren(this.#list, (finding: Finding) =>
    findingCard(this.#context, finding, this.#onStep),
  )
  #shown = ''

  /**
   * @param on.findings receives the findings whenever they have changed
   * @param on.step takes the step of a finding; undefined where no worker can look at it
   */
  constructor(
    context: RunContext,
    jobId: string,
    on: { findings: (findings: readonly Finding[]) => void; step: OnStep | undefined },
  ) {
    this.#context = context
    this.#onFindings = on.findings
    this.#onStep = on.step
    this.root = element(
      'section',
      { class: 'panel', attributes: { 'aria-label': 'Diagnosis' } },
      element('div', { class: 'section-head' }, element('h2', { text: 'Diagnosis' }), this.#verdict),
      this.#list,
      this.#unseen,
    )
    followRun(context, EVERY_MS, async (signal) => this.#show(await context.client.jobs.diagnosis(jobId, { signal })))
  }

  #show({ findings, rules }: Diagnosis): void {
    const active = findings.filter(({ until_step }) => until_step === null).length
    setText(this.#verdict, verdictWords(active, findings.length - active, rules))
    setText(this.#unseen, unseenWords(rules))
    setAttribute(this.#list, 'data-count', String(findings.length))
    const news = JSON.stringify(findings)
    if (news === this.#shown) return
    this.#shown = news
    this.#onFindings(findings)
    this.#showCards(findings)
  }
}
