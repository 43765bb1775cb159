import type { ViewContext } from '../../context.ts'
import type { StepRange } from '../../charts/frame.ts'
import { StepCursor } from '../../charts/step_cursor.ts'
import { INSIDE_SERIES, SCORE_SERIES, planInside, planScores } from '../../data/series_charts.ts'
import { element } from '../../dom/element.ts'
import { poll } from '../../data/poll.ts'
import { isFinal, type Finding, type Job } from '@unroll/client'
import { AnswerPanel } from './answer_panel.ts'
import { CheckpointPanel } from './checkpoint_panel.ts'
import { DiagnosisPanel } from './diagnosis_panel.ts'
import { EvaluationPanel } from './evaluation_panel.ts'
import { EventList } from './events.ts'
import { FlowPanel } from './flow_panel.ts'
import { MatrixPanel } from './matrix_panel.ts'
import { PlayerPanel } from './player/player_panel.ts'
import { ProbePanel } from './probe_panel.ts'
import { ReplayPanel } from './replay_panel.ts'
import { RunCharts } from './run_charts.ts'
import { RunHeader } from './run_header.ts'
import { MarkStrip, listAttempts, listCheckpoints, listFindings, listNonfinite, toUprights } from './run_marks.ts'
import { RunView } from './run_view.ts'
import { SeriesPanel } from './series_panel.ts'
import { missingPage, nullIfMissing } from '../shared/missing_page.ts'
import { specification } from '../shared/specification.ts'

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
  readonly #marks: MarkStrip
  #job: Job

  constructor(root: HTMLElement, context: ViewContext, job: Job) {
    this.#header = new RunHeader(context, job)
    this.#job = job
    const run = { ...context, isFinal: () => isFinal(this.#job.status) }
    const view = new RunView(context.signal)
    const cursor = new StepCursor()
    cursor.pin(view.choice.pinned)
    cursor.listen(() => cursor.pinned === view.choice.pinned || view.change({ pinned: cursor.pinned }), context.signal)
    const onPan = (share: number) => charts.pan(share)
    const charts = new RunCharts(context, { job, view, cursor }, (range, latest) => {
      for (const panel of [scores, flow, inside, marks]) panel.showRange(range)
      this.#header.showLatest(latest)
    })
    const past = context.recordedAt === undefined ? new ReplayPanel(context, job, cursor) : undefined
    const marks = new MarkStrip((all) => {
      charts.showUprights(toUprights(all))
      past?.showMarks(all)
    })
    this.#marks = marks
    const flow = new FlowPanel(context, { job, view, cursor, below: marks.root, onPan })
    const { scores, inside } = createSeriesPanels(context, job, {
      cursor,
      onZoom: (steps) => view.change({ steps }),
      onPan,
    })
    const onFindings = (findings: readonly Finding[]) =>
      marks.show('finding', listFindings(findings, this.#job.progress.step))
    const diagnosis = new DiagnosisPanel(run, job.id, {
      findings: onFindings,
      step: past && ((step, changes) => past.offer(step, changes)),
    })
    const log = new EventList(run, job.id, (events) => marks.show('nonfinite', listNonfinite(events)))
    const checkpoints = new CheckpointPanel(run, job, (all) => marks.show('checkpoint', listCheckpoints(all)))
    const main = element(
      'div',
      { class: 'run-column' },
      flow.root,
      new MatrixPanel(run, job).root,
      new ProbePanel(run, job).root,
    )
    const side = element('div', { class: 'run-column' }, ...charts.roots, diagnosis.root, past?.root ?? null)
    const page = element(
      'div',
      { class: 'run-page' },
      this.#header.root,
      main,
      side,
      scores.root,
      new EvaluationPanel(run, job).root,
      ...(context.recordedAt === undefined ? [new AnswerPanel(run, job).root, new PlayerPanel(run, job).root] : []),
      inside.root,
      checkpoints.root,
      element('div', { class: 'columns' }, log.root, specification(job)),
    )
    root.replaceChildren(page)
    document.title = `${job.name} · Unroll`
  }

  show(job: Job): void {
    this.#job = job
    this.#header.show(job)
    this.#marks.show('attempt', listAttempts(job))
  }
}

/** What the steps of a run score, and what is measured inside of it. */
function createSeriesPanels(
  context: ViewContext,
  job: Job,
  shared: { cursor: StepCursor; onZoom: (steps: StepRange | null) => void; onPan: (share: number) => void },
): Record<'scores' | 'inside', SeriesPanel> {
  const scores = { title: 'Scores', testId: 'scores', series: SCORE_SERIES, plan: planScores }
  const plan = (names: Parameters<typeof planInside>[0]) => planInside(names, job.spec)
  const inside = { title: 'Inside the run', testId: 'inside', series: INSIDE_SERIES, plan }
  return {
    scores: new SeriesPanel(context, job, { ...scores, ...shared }),
    inside: new SeriesPanel(context, job, { ...inside, ...shared }),
  }
}
