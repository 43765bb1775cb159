import type { ViewContext } from '../../context.ts'
import { element } from '../../dom/element.ts'
import { poll } from '../../data/poll.ts'
import { UnrollProblem, isFinal, type Job } from '@unroll/client'
import { DiagnosisPanel } from './diagnosis_panel.ts'
import { EvaluationPanel } from './evaluation_panel.ts'
import { EventList } from './events.ts'
import { FlowPanel } from './flow_panel.ts'
import { ProbePanel } from './probe_panel.ts'
import { RunCharts } from './run_charts.ts'
import { RunHeader } from './run_header.ts'
import { specification } from './specification.ts'

const EVERY_MS = 1_000

/** The live page of one job. */
export function showRun(root: HTMLElement, context: ViewContext, id: string): void {
  root.replaceChildren(element('p', { class: 'quiet', text: 'Loading the job …' }))
  let page: RunPage | undefined
  const tick = async (signal: AbortSignal) => {
    const job = await context.client.jobs.get(id, { signal }).catch(missing)
    if (job === null) {
      root.replaceChildren(notFound(id))
      return 'stop'
    }
    page ??= new RunPage(root, context, job)
    page.show(job)
    return isFinal(job.status) ? 'stop' : 'later'
  }
  void poll(tick, { everyMs: EVERY_MS, ...context })
}

class RunPage {
  readonly #header: RunHeader
  readonly #diagnosis: DiagnosisPanel
  readonly #evaluation: EvaluationPanel
  readonly #probe: ProbePanel
  readonly #events: EventList

  constructor(root: HTMLElement, context: ViewContext, job: Job) {
    this.#header = new RunHeader(context, job)
    const charts = new RunCharts(context, job, (range, latest) => {
      flow.showRange(range)
      this.#header.showLatest(latest)
    })
    const flow = new FlowPanel(context, job, (range) => charts.zoomTo(range))
    this.#diagnosis = new DiagnosisPanel(context, job.id)
    this.#evaluation = new EvaluationPanel(context, job)
    this.#probe = new ProbePanel(context, job)
    this.#events = new EventList(context, job.id)
    root.replaceChildren(
      this.#header.root,
      this.#diagnosis.root,
      ...charts.roots,
      this.#evaluation.root,
      flow.root,
      this.#probe.root,
      element('div', { class: 'columns' }, this.#events.root, specification(job)),
    )
    document.title = `${job.name} · Unroll`
  }

  show(job: Job): void {
    this.#header.show(job)
    for (const panel of [this.#diagnosis, this.#evaluation, this.#probe, this.#events]) panel.jobIs(job.status)
  }
}

function missing(error: unknown): null {
  if (error instanceof UnrollProblem && error.status === 404) return null
  throw error
}

function notFound(id: string): HTMLElement {
  return element(
    'section',
    { class: 'empty', testId: 'not-found' },
    element('h1', { text: 'No such job' }),
    element('p', { text: `There is no job ${id} here. It may have been deleted.` }),
    element('a', { text: 'All jobs', attributes: { href: '#/' } }),
  )
}
