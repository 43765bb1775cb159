import type { ViewContext } from '../../context.ts'
import { element, setText } from '../../dom/element.ts'
import { compareHref } from '../../router.ts'
import { isFinal, type Job } from '@unroll/client'
import { MOST_RUNS } from '../compare/compared_runs.ts'
import { ConfirmedButton } from '../shared/confirmed_button.ts'
import { faultText } from '../shared/request_button.ts'
import { errorWords } from '../shared/words.ts'

/** The selection of jobs, and what can be done with all of them: compare, cancel, delete. */
export class JobChoice {
  readonly root: HTMLElement
  /** Selects all jobs that are shown, or none. */
  readonly all: HTMLInputElement = element('input', {
    testId: 'choose-all',
    attributes: { type: 'checkbox', 'aria-label': 'Choose all jobs shown' },
  })
  readonly #compare: HTMLAnchorElement = element('a', { class: 'button', testId: 'compare' })
  readonly #cancel: ConfirmedButton
  readonly #delete: ConfirmedButton
  readonly #fault: HTMLElement = faultText('bulk-error')
  readonly #changed: () => void
  readonly #chosen = new Set<string>()
  readonly #boxes = new Map<string, HTMLInputElement>()
  #jobs: readonly Job[] = []

  /** @param changed is called after jobs were cancelled or deleted */
  constructor({ client, signal }: ViewContext, changed: () => void) {
    this.#changed = changed
    const onEach = (jobs: () => readonly Job[], act: (id: string) => Promise<unknown>) => () =>
      void this.#act(jobs(), act)
    const running = () => this.#chosenJobs.filter(({ status }) => !isFinal(status))
    const ended = () => this.#chosenJobs.filter(({ status }) => isFinal(status))
    this.#cancel = new ConfirmedButton(
      'bulk-cancel',
      { ask: 'Cancel', confirm: 'Yes, cancel them' },
      onEach(running, (id) => client.jobs.cancel(id)),
      signal,
    )
    this.#delete = new ConfirmedButton(
      'bulk-delete',
      { ask: 'Delete', confirm: 'Yes, delete them' },
      onEach(ended, (id) => client.jobs.delete(id)),
      signal,
    )
    this.all.addEventListener('change', () => this.#chooseAll(this.all.checked), { signal })
    this.root = element('span', { class: 'controls' }, this.#fault, this.#compare, this.#cancel.root, this.#delete.root)
    this.#show()
  }

  /** The box that selects a job. */
  box(id: string, signal: AbortSignal): HTMLInputElement {
    const known = this.#boxes.get(id)
    if (known !== undefined) return known
    const box = element('input', {
      testId: 'compare-choice',
      attributes: { type: 'checkbox', 'aria-label': 'Choose this job' },
    })
    const change = () => {
      if (box.checked) this.#chosen.add(id)
      else this.#chosen.delete(id)
      this.#show()
    }
    box.addEventListener('change', change, { signal })
    this.#boxes.set(id, box)
    return box
  }

  /** Jobs that are not shown are not chosen. */
  show(jobs: readonly Job[]): void {
    this.#jobs = jobs
    const shown = new Set(jobs.map(({ id }) => id))
    for (const id of this.#chosen) if (!shown.has(id)) this.#chosen.delete(id)
    for (const id of this.#boxes.keys()) if (!shown.has(id)) this.#boxes.delete(id)
    this.#show()
  }

  get #chosenJobs(): Job[] {
    return this.#jobs.filter(({ id }) => this.#chosen.has(id))
  }

  #chooseAll(isChosen: boolean): void {
    this.#chosen.clear()
    if (isChosen) for (const { id } of this.#jobs) this.#chosen.add(id)
    for (const [id, box] of this.#boxes) box.checked = this.#chosen.has(id)
    this.#show()
  }

  #show(): void {
    const chosen = this.#chosenJobs
    const running = chosen.filter(({ status }) => !isFinal(status)).length
    const ended = chosen.length - running
    const count = this.#chosen.size
    this.#compare.hidden = count < 2 || count > MOST_RUNS
    this.#compare.href = compareHref([...this.#chosen])
    setText(this.#compare, `Compare ${count} runs`)
    this.#cancel.show({ hidden: running === 0, disabled: false, text: `Cancel ${running}` })
    this.#delete.show({ hidden: ended === 0, disabled: false, text: `Delete ${ended}` })
    this.all.checked = count > 0 && count === this.#jobs.length
    this.all.indeterminate = count > 0 && count < this.#jobs.length
  }

  async #act(jobs: readonly Job[], act: (id: string) => Promise<unknown>): Promise<void> {
    setText(this.#fault, '')
    const faults: string[] = []
    for (const { id, name } of jobs)
      await act(id).catch((error: unknown) => faults.push(`${name}: ${errorWords(error)}`))
    setText(this.#fault, faults.join(' '))
    this.#changed()
  }
}
