import type { ViewContext } from '../../context.ts'
import { element, setAttribute, setText } from '../../dom/element.ts'
import { formatCount, formatValue } from '../../format.ts'
import { computedByWords, formatDuration, isFinal, usesDataset, type Job } from '@unroll/client'
import { compareHref, datasetHref, jobHref, sweepHref } from '../../router.ts'
import { JobActions } from './job_actions.ts'
import { Notes } from './notes.ts'
import { Progress } from './progress.ts'
import { showStatus, statusBadge } from '../shared/status.ts'
import {
  bpttWords,
  clippingWords,
  dataWords,
  memoryWords,
  modelWords,
  optimizerWords,
  reasonWords,
} from '../shared/words.ts'

const SECOND_MS = 1_000
const ACCURACY_DIGITS = 1

/** Newest values of a run that the header shows beside the job's own fields. */
export interface Latest {
  readonly loss: number | null
  readonly evaluationLoss: number | null
  readonly accuracy: number | null
  readonly evaluationAccuracy: number | null
  /** Mean of the newest steps. */
  readonly stepMs: number | null
}

/** Name, state and figures of a run. */
export class RunHeader {
  readonly root: HTMLElement
  readonly #status: HTMLElement = statusBadge()
  readonly #reason: HTMLElement = element('span', { class: 'quiet', testId: 'status-reason' })
  readonly #progress = new Progress()
  readonly #facts = new Map<string, HTMLElement>()
  readonly #actions: JobActions
  readonly #recordedAt: number | undefined
  readonly #notes: Notes
  readonly #data: HTMLElement = element('dd')
  #job: Job

  constructor(context: ViewContext, job: Job) {
    this.#job = job
    this.#recordedAt = context.recordedAt
    const isLive = context.recordedAt === undefined
    this.#actions = new JobActions(context, job.id, (changed) => this.show(changed))
    this.#notes = new Notes(context, job.id, (changed) => this.show(changed))
    const timer = setInterval(() => this.#showTimes(), SECOND_MS)
    context.signal.addEventListener('abort', () => clearInterval(timer), { once: true })
    this.root = element(
      'section',
      { class: 'run-head', testId: 'run', attributes: { 'data-job': job.id } },
      isLive ? createPath(job) : element('code', { text: job.id }),
      element(
        'div',
        { class: 'section-head' },
        element('h1', { text: job.name, testId: 'job-name' }),
        this.#status,
        this.#reason,
        isLive ? this.#actions.root : null,
      ),
      createOrigin(job, isLive),
      this.#notes.root,
      this.#progress.root,
      this.#figures(),
      this.#setup(job),
    )
    if (usesDataset(job.spec.data)) void this.#nameDataset(context, job.spec.data.dataset)
  }

  /** A data set is called by its name; one that was deleted keeps its id, and no link. */
  async #nameDataset({ client, signal, recordedAt }: ViewContext, id: string): Promise<void> {
    const found = await client.datasets.get(id, { signal }).catch(() => null)
    if (found === null) return
    if (recordedAt !== undefined) return setText(this.#data, found.name)
    const link = element('a', { text: found.name, testId: 'dataset-link', attributes: { href: datasetHref(id) } })
    this.#data.replaceChildren(link)
  }

  show(job: Job): void {
    this.#job = job
    showStatus(this.#status, job)
    setAttribute(this.root, 'data-status', job.status)
    setText(this.#reason, reasonWords(job))
    setAttribute(this.#reason, 'title', job.queue.eta_unknown)
    setAttribute(this.#reason, 'class', job.error === null ? 'quiet' : 'fault')
    this.#progress.show(job)
    this.#actions.show(job)
    this.#notes.show(job)
    this.#fact('Attempts', attemptWords(job))
    this.#fact('Computed by', computedByWords(job) ?? '–')
    this.#showTimes()
  }

  showLatest({ loss, evaluationLoss, accuracy, evaluationAccuracy, stepMs }: Latest): void {
    this.#fact('Loss', bothWords(loss, evaluationLoss, formatValue))
    this.#fact('Accuracy', bothWords(accuracy, evaluationAccuracy, percentWords))
    this.#fact('Step time', stepMs === null ? '–' : `${formatValue(stepMs)} ms`)
  }

  #showTimes(): void {
    const { started_at: started, finished_at: finished, progress, status } = this.#job
    const end = finished === null ? (this.#recordedAt ?? Date.now()) : Date.parse(finished)
    this.#fact('Elapsed', started === null ? '–' : formatDuration((end - Date.parse(started)) / SECOND_MS))
    const isTraining = status === 'running' && progress.eta_seconds !== null
    this.#fact('Time left', isTraining ? `about ${formatDuration(progress.eta_seconds ?? 0)}` : '–')
  }

  #fact(name: string, words: string): void {
    const target = this.#facts.get(name)
    if (target !== undefined) setText(target, words)
  }

  /** The fields that change during a run. */
  #figures(): HTMLElement {
    const names = ['Loss', 'Accuracy', 'Step time', 'Elapsed', 'Time left', 'Attempts']
    return element('dl', { class: 'figures' }, ...names.map((name) => this.#entry(name)))
  }

  /** A fact that changes during a run. */
  #entry(name: string): HTMLElement {
    const target = element('dd', { text: '–', testId: `fact-${name.toLowerCase().replaceAll(' ', '-')}` })
    this.#facts.set(name, target)
    return element('div', {}, element('dt', { text: name }), target)
  }

  /** The requested resources and the engine that computes the run. */
  #setup({ spec, estimate }: Job): HTMLElement {
    setText(this.#data, dataWords(spec))
    const entries: Record<string, string | HTMLElement> = {
      Network: modelWords(spec),
      Data: this.#data,
      Backpropagation: bpttWords(spec),
      Clipping: clippingWords(spec),
      Optimizer: optimizerWords(spec),
      Batch: formatCount(spec.training.batch_size),
      Parameters: formatCount(estimate.parameters),
      Memory: memoryWords(estimate),
    }
    return element(
      'dl',
      { class: 'setup' },
      ...Object.entries(entries).map(([name, words]) =>
        element(
          'div',
          {},
          element('dt', { text: name }),
          typeof words === 'string' ? element('dd', { text: words }) : words,
        ),
      ),
      this.#entry('Computed by'),
    )
  }
}

/** Where the run stands among others. */
function createPath({ id, sweep }: Job): HTMLElement {
  return element(
    'nav',
    { class: 'crumbs', attributes: { 'aria-label': 'Path' } },
    element('a', { text: 'Jobs', attributes: { href: '#/' } }),
    ' / ',
    ...(sweep === null ? [] : [element('a', { text: 'sweep', attributes: { href: sweepHref(sweep) } }), ' / ']),
    element('code', { text: id }),
  )
}

/** A value of training beside that of held-out data: `1.975 training · 2.041 evaluation`. */
function bothWords(training: number | null, evaluation: number | null, words: (value: number) => string): string {
  const parts = [
    ...(training === null ? [] : [`${words(training)} training`]),
    ...(evaluation === null ? [] : [`${words(evaluation)} evaluation`]),
  ]
  return parts.length === 0 ? '–' : parts.join(' · ')
}

function percentWords(share: number): string {
  return `${(share * 100).toFixed(ACCURACY_DIGITS)} %`
}

/** The run from which this one was created. */
function createOrigin(job: Job, isLive: boolean): HTMLElement | null {
  const { retry_of: retried, forked_from: forked, metadata, id } = job
  if (retried === null && forked !== null) {
    const both = element('a', { text: 'side by side', attributes: { href: compareHref([forked.job, id]) } })
    const other = isLive ? element('a', { text: forked.job, attributes: { href: jobHref(forked.job) } }) : forked.job
    const from = `goes on from step ${formatCount(forked.step)} of `
    return element('p', { class: 'quiet', testId: 'origin' }, from, other, ...(isLive ? [' · ', both] : []))
  }
  const from = metadata['proposed_from'] ?? retried
  if (from === null) return null
  const words = metadata['proposed_from'] === undefined ? 'repeats ' : 'proposed by the diagnosis of '
  return element(
    'p',
    { class: 'quiet', testId: 'origin' },
    words,
    isLive ? element('a', { text: from, attributes: { href: jobHref(from) } }) : from,
  )
}

/** The number of attempts and the step from which the newest resumed: `2, from 400`. */
function attemptWords({ attempts, status }: Job): string {
  const last = attempts.at(-1)
  if (last === undefined) return isFinal(status) ? 'none' : '–'
  return last.from_step === 0 ? String(attempts.length) : `${attempts.length}, from ${formatCount(last.from_step)}`
}
