import { element } from '../../dom/element.ts'
import type { Job } from '@unroll/client'
import { RequestButton } from '../shared/request_button.ts'
import { labelledField } from '../shared/labelled_field.ts'
import { isOnText, revealOnceEnded, type RunContext } from './run_context.ts'

/** Characters whose saliency is drawn: the last ones of a longer prompt. */
const MOST_DRAWN = 2_000

/** Where a job on a text writes on from a prompt once it has ended, and shows which characters its next one depends on. */
export class AnswerPanel {
  readonly root: HTMLElement = element('section', {
    class: 'panel answers',
    testId: 'answers',
    attributes: { 'aria-label': 'Ask the network' },
  })
  readonly #prompt = element('textarea', { testId: 'prompt', attributes: { rows: '3', spellcheck: 'false' } })
  readonly #temperature = numberInput('temperature', { value: 0.8, min: 0, max: 100, step: 0.1 })
  readonly #length = numberInput('length', { value: 300, min: 1, max: 1_000_000, step: 1 })
  readonly #seed = numberInput('seed', { value: 0, min: 0, max: 2 ** 32 - 1, step: 1 })
  readonly #answer = element('pre', {
    class: 'text-start',
    testId: 'answer',
    attributes: { 'aria-live': 'polite', tabindex: '0' },
  })

  constructor(context: RunContext, job: Job) {
    this.root.hidden = true
    if (!isOnText(job)) return
    const write = new RequestButton('write', 'Write on', () => this.#write(context, job), context.signal)
    const look = new RequestButton('look', 'Show where it looks', () => this.#look(context, job), context.signal)
    this.#answer.hidden = true
    this.root.append(
      element('div', { class: 'section-head' }, element('h2', { text: 'Ask the network' })),
      element(
        'div',
        { class: 'fields' },
        labelledField('Prompt', this.#prompt),
        labelledField('Temperature (0: the likeliest each time)', this.#temperature),
        labelledField('Characters to write', this.#length),
        labelledField('Seed', this.#seed),
      ),
      element('div', { class: 'actions' }, write.button, look.button, write.fault, look.fault),
      this.#answer,
    )
    revealOnceEnded(this.root, context)
  }

  async #write({ client, signal }: RunContext, { id }: Job): Promise<void> {
    const prompt = this.#prompt.value
    const query = {
      prompt,
      temperature: this.#temperature.valueAsNumber,
      length: this.#length.valueAsNumber,
      seed: this.#seed.valueAsNumber,
    }
    this.#show(element('mark', { class: 'given', text: prompt }))
    for await (const piece of client.predictions.stream(id, query, { signal }))
      this.#answer.append('text' in piece ? piece.text : 'symbols' in piece ? piece.symbols.join(' ') : '')
  }

  async #look({ client, signal }: RunContext, { id }: Job): Promise<void> {
    const characters = Array.from(this.#prompt.value).slice(-MOST_DRAWN)
    const query = { inputs: [characters.join('')], saliency: true }
    const { predictions = [] } = await client.predictions.create(id, query, { signal })
    const [{ saliency = [], answer } = { saliency: [], answer: {} }] = predictions
    const sizes = saliency.map(Number)
    const largest = Math.max(...sizes)
    this.#show(
      ...characters.map((character, at) => {
        const drawn = element('mark', {
          text: character,
          attributes: { title: `‖∂y/∂x‖ ${saliency[at] ?? 'unknown'}` },
        })
        drawn.style.setProperty('--share', String(largest > 0 ? (sizes[at] ?? 0) / largest : 0))
        return drawn
      }),
      element('span', { class: 'quiet', text: ` → ${JSON.stringify(answer.class ?? '')}` }),
    )
  }

  #show(...content: readonly HTMLElement[]): void {
    this.#answer.hidden = false
    this.#answer.replaceChildren(...content)
  }
}

function numberInput(
  testId: string,
  limits: { readonly value: number; readonly min: number; readonly max: number; readonly step: number },
): HTMLInputElement {
  const attributes = Object.fromEntries(Object.entries(limits).map(([name, limit]) => [name, String(limit)]))
  return element('input', { testId, attributes: { type: 'number', ...attributes } })
}
