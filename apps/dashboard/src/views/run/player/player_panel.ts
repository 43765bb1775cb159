import { usesDataset, type Job, type TraceQuery } from '@unroll/client'
import { poll } from '../../../data/poll.ts'
import { element } from '../../../dom/element.ts'
import { RequestButton } from '../../shared/request_button.ts'
import type { RunContext } from '../run_context.ts'
import { Player } from './player.ts'

const EVERY_MS = 1_000

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
    this.root.hidden = true
    const isText = usesDataset(job.spec.data) && job.spec.data.problem === undefined
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
        field('Held-out sequence, from 0', this.#sample),
        field('or one of your own', this.#input),
        follow.button,
      ),
      follow.fault,
      this.#stage,
    )
    const tick = async () => {
      this.root.hidden = !context.isFinal()
      return this.root.hidden ? ('later' as const) : ('stop' as const)
    }
    void poll(tick, { everyMs: EVERY_MS, ...context })
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

function field(name: string, input: HTMLElement): HTMLElement {
  return element('label', { class: 'form-field' }, element('span', { text: name }), input)
}
