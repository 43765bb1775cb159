import type { ViewContext } from '../../context.ts'
import type { StepRange } from '../../charts/frame.ts'
import { INSIDE_SERIES, SCORE_SERIES, planInside, planScores } from '../../data/series_charts.ts'
import { element } from '../../dom/element.ts'
import { poll } from '../../data/poll.ts'
import { isFinal, type Job } from '@unroll/client'
import { AnswerPanel } from './answer_panel.ts'
import { DiagnosisPanel } from './diagnosis_panel.ts'
import { EvaluationPanel } from './evaluation_panel.ts'
import { EventList } from './events.ts'
import { FlowPanel } from './flow_panel.ts'
import { PlayerPanel } from './player/player_panel.ts'
import { ProbePanel } from './probe_panel.ts'
import { RunCharts } from './run_charts.ts'
import { RunHeader } from './run_header.ts'
import { SeriesPanel } from './series_panel.ts'
import { specification } from './specification.ts'
import { missingPage, nullIfMissing } from '../shared/missing_page.ts'

const EVERY_MS = 1_000

/** The live page of one job. */
export function showRun(root: HTMLElement, context: ViewContext, id: string): void {
  root.replaceChildren(element('p', { class: 'quiet', text: 'Loading the job …' }))
  let page: RunPage | undefined
  const tick = async (signal: AbortSignal) => {
    const job = await context.client.jobs.get(id, { signal }).catch(nullIfMissing)
    if (job === null) {
      root.replaceChildren(
        missingPage('No such job', `There is no job ${id} here. It may have been deleted.`, 'not-found'),
      )
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
  #isFinal: boolean

  constructor(root: HTMLElement, context: ViewContext, job: Job) {
    this.#header = new RunHeader(context, job)
    this.#isFinal = isFinal(job.status)
    const run = { ...context, isFinal: () => this.#isFinal }
    const charts = new RunCharts(context, job, (range, latest) => {
      for (const panel of [scores, flow, inside]) panel.showRange(range)
      this.#header.showLatest(latest)
    })
    const onZoom = (range: StepRange | null) => charts.zoomTo(range)
    const flow = new FlowPanel(context, job, onZoom)
    const scores = new SeriesPanel(context, job, {
      title: 'Scores',
      testId: 'scores',
      series: SCORE_SERIES,
      plan: planScores,
      onZoom,
    })
    const inside = new SeriesPanel(context, job, {
      title: 'Inside the run',
      testId: 'inside',
      series: INSIDE_SERIES,
      plan: (names) => planInside(names, job.spec),
      onZoom,
    })
    root.replaceChildren(
      this.#header.root,
      new DiagnosisPanel(run, job.id).root,
      ...charts.roots,
      scores.root,
      new EvaluationPanel(run, job).root,
      new AnswerPanel(run, job).root,
      new PlayerPanel(run, job).root,
      flow.root,
      new ProbePanel(run, job).root,
      inside.root,
      element('div', { class: 'columns' }, new EventList(run, job.id).root, specification(job)),
    )
    document.title = `${job.name} · Unroll`
  }

  show(job: Job): void {
    this.#header.show(job)
    this.#isFinal = isFinal(job.status)
  }
}
