import type { Job, TraceQuery } from '@unroll/client'
import { element } from '../../../dom/element.ts'
import { RequestButton } from '../../shared/request_button.ts'
import { labelledField } from '../../shared/labelled_field.ts'
import { isOnText, revealOnceEnded, type RunContext } from '../run_context.ts'
import { Player } from './player.ts'

/** Follows a sequence through the network of a job that has ended, step by step. */
export class PlayerPanel {
  readonly root: HTMLElement = element('section', {
    class: 'panel answers',
    testId: 'player-panel',
    attributes: { 'aria-label': 'Step by step' },
  })
  readonly #sample = element('input', {
    testId: 'player-sample',
    attributes: { type: 'number', min: '0', max: '9999', value: '0' },
  })
  readonly #input = element('textarea', { testId: 'player-input', attributes: { rows: '2', spellcheck: 'false' } })
  readonly #stage = element('div', { class: 'player-stage' })
  #left = new AbortController()

  constructor(context: RunContext, job: Job) {
    const isText = isOnText(job)
    this.#input.placeholder = isText ? 'some text' : 'JSON: a list of steps'
    const follow = new RequestButton('follow', 'Follow it', () => this.#follow(context, job, isText), context.signal)
    this.root.append(
      element('div', { class: 'section-head' }, element('h2', { text: 'Step by step' })),
      element('p', {
        class: 'quiet',
        text: 'One sequence through the network, and the gradient of its loss back: what it reads, its gates and states, and what it answers.',
      }),
      element(
        'div',
        { class: 'player-choice' },
        labelledField('Held-out sequence, from 0', this.#sample),
        labelledField('or one of your own', this.#input),
        follow.button,
      ),
      follow.fault,
      this.#stage,
    )
    revealOnceEnded(this.root, context)
  }

  async #follow({ client, signal }: RunContext, { id }: Job, isText: boolean): Promise<void> {
    const trace = await client.predictions.trace(id, this.#query(isText), { signal })
    this.#left.abort()
    this.#left = new AbortController()
    const player = new Player(trace, AbortSignal.any([signal, this.#left.signal]))
    this.#stage.replaceChildren(player.root)
    player.draw()
    player.root.focus({ preventScroll: true })
  }

  /** @throws {SyntaxError} where what was typed is no JSON */
  #query(isText: boolean): TraceQuery {
    const typed = this.#input.value
    if (typed.trim() === '') return { sample: this.#sample.valueAsNumber }
    return { input: isText ? typed : (JSON.parse(typed) as unknown) }
  }
}
