import type { ViewContext } from '../../context.ts'
import { element, setAttribute, setText } from '../../dom/element.ts'
import { isFinal, type Job, type JobStatus } from '@unroll/client'
import { ConfirmedButton, button } from '../shared/confirmed_button.ts'
import { faultText } from '../shared/request_button.ts'
import { errorWords } from '../shared/words.ts'

const PAUSABLE: readonly JobStatus[] = ['queued', 'starting', 'running', 'pausing']

/** The actions on a job: pause or resume, cancel, keep, and delete after its end. Shows why an action failed. */
export class JobActions {
  readonly root: HTMLElement
  readonly #pause: HTMLButtonElement = button('Pause', 'pause')
  readonly #resume: HTMLButtonElement = button('Resume', 'resume')
  readonly #keep: HTMLButtonElement = button('Keep', 'keep')
  readonly #cancel: ConfirmedButton
  readonly #delete: ConfirmedButton
  readonly #fault: HTMLElement = faultText('action-error')
  #shown: Pick<Job, 'status' | 'kept'> | undefined
  #isActing = false

  constructor({ client, signal }: ViewContext, id: string, changed: (job: Job) => void) {
    const { jobs } = client
    const change = (ask: () => Promise<Job>) => void this.#act(async () => changed(await ask()))
    this.#pause.addEventListener('click', () => change(() => jobs.pause(id)), { signal })
    this.#resume.addEventListener('click', () => change(() => jobs.resume(id)), { signal })
    this.#keep.addEventListener('click', () => change(() => jobs.update(id, { keep: this.#shown?.kept !== true })), {
      signal,
    })
    const cancelWords = { ask: 'Cancel job', confirm: 'Yes, cancel it' }
    this.#cancel = new ConfirmedButton('cancel', cancelWords, () => change(() => jobs.cancel(id)), signal)
    const remove = async () => {
      await jobs.delete(id)
      location.hash = '#/'
    }
    const deleteWords = { ask: 'Delete job', confirm: 'Yes, delete it' }
    this.#delete = new ConfirmedButton('delete', deleteWords, () => void this.#act(remove), signal)
    this.root = element(
      'div',
      { class: 'actions' },
      this.#fault,
      this.#pause,
      this.#resume,
      this.#cancel.root,
      this.#keep,
      this.#delete.root,
    )
  }

  show({ status, kept }: Pick<Job, 'status' | 'kept'>): void {
    this.#shown = { status, kept }
    const isBusy = this.#isActing
    this.#pause.hidden = !PAUSABLE.includes(status)
    this.#pause.disabled = isBusy || status === 'pausing'
    setText(this.#pause, status === 'pausing' ? 'Pausing …' : 'Pause')
    this.#resume.hidden = status !== 'paused'
    this.#resume.disabled = isBusy
    const isCancelling = status === 'cancelling'
    this.#cancel.show({
      hidden: isFinal(status),
      disabled: isBusy || isCancelling,
      text: isCancelling ? 'Cancelling …' : 'Cancel job',
    })
    this.#keep.hidden = !isFinal(status)
    this.#keep.disabled = isBusy
    setText(this.#keep, kept ? 'Keep no longer' : 'Keep')
    setAttribute(this.#keep, 'title', 'Whether it stays when others are deleted by their age')
    this.#delete.show({ hidden: !isFinal(status), disabled: isBusy, text: 'Delete job' })
  }

  async #act(deed: () => Promise<void>): Promise<void> {
    this.#acting(true)
    setText(this.#fault, '')
    try {
      await deed()
    } catch (error) {
      setText(this.#fault, errorWords(error))
    }
    this.#acting(false)
  }

  #acting(isActing: boolean): void {
    this.#isActing = isActing
    if (this.#shown !== undefined) this.show(this.#shown)
  }
}
