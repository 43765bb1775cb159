import { element } from '../../dom/element.ts'
import { formatCount, formatName, formatValue } from '../../format.ts'
import { poll } from '../../data/poll.ts'
import { usesDataset, type EvaluationReport, type Job } from '@unroll/client'
import { createTable } from '../shared/table.ts'
import { classScores } from './class_scores.ts'
import { confusionMatrix } from './confusion_matrix.ts'
import { horizonChart } from './horizon_chart.ts'
import type { RunContext } from './run_context.ts'

const EVERY_MS = 1_000
const SHARES: readonly string[] = ['accuracy', 'macro_f1']

type Result = Job['result']

/** How a job on a data set answers what was held out, once it has ended. */
export class EvaluationPanel {
  readonly root: HTMLElement = element('section', {
    class: 'panel',
    testId: 'evaluations',
    attributes: { 'aria-label': 'Evaluation' },
  })
  readonly #signal: AbortSignal

  constructor({ client, ...context }: RunContext, { id, spec }: Job) {
    this.root.hidden = true
    this.#signal = context.signal
    if (!usesDataset(spec.data)) return
    const tick = async (signal: AbortSignal) => {
      if (!context.isFinal()) return 'later'
      const [reports, { result }] = await Promise.all([
        client.jobs.evaluations(id, { signal }),
        client.jobs.get(id, { signal }),
      ])
      this.#show(reports, result)
      return 'stop'
    }
    void poll(tick, { everyMs: EVERY_MS, ...context })
  }

  #show(reports: readonly EvaluationReport[], result: Result): void {
    this.root.hidden = reports.length === 0
    this.root.replaceChildren(
      element('div', { class: 'section-head' }, element('h2', { text: 'Evaluation' })),
      element('div', { class: 'scrolled' }, scoresTable(reports, result)),
      ...reports.toReversed().flatMap((report, at) => this.#details(report, { result, isOpen: at === 0 })),
    )
  }

  /** What is drawn of a report: that of the part that is most telling is unfolded. */
  #details(report: EvaluationReport, { result, isOpen }: { result: Result; isOpen: boolean }): HTMLElement[] {
    const drawn = this.#drawings(report, result)
    if (drawn.length === 0) return []
    const details = element(
      'details',
      { class: 'evaluation', testId: `evaluation-${report.id ?? report.part}` },
      element('summary', {
        text: report.dataset === undefined ? `On the ${report.part} part` : `On ${report.dataset}`,
      }),
      element('div', { class: 'pictures' }, ...drawn),
    )
    details.open = isOpen
    return [details]
  }

  #drawings({ id, part: of, classes, confusion, horizons }: EvaluationReport, result: Result): HTMLElement[] {
    const part = id ?? of
    const chanceMae = result?.['chance_mae'] ?? Number.NaN
    const drawn: HTMLElement[] = []
    if (classes !== undefined && confusion !== undefined) {
      const names = classes.map((row) => row.class)
      drawn.push(confusionMatrix(names, confusion, `evaluation-confusion-${part}`))
    }
    if (classes !== undefined) drawn.push(classScores(classes, `evaluation-classes-${part}`))
    if (horizons !== undefined && horizons.length > 1)
      drawn.push(
        horizonChart(horizons, { part, chanceMae, signal: this.#signal }),
        createTable(
          `evaluation-horizons-${part}`,
          ['Steps ahead', 'Targets', 'MAE', 'RMSE'],
          horizons.map(({ horizon, targets, mae, rmse }) => [
            String(horizon),
            formatCount(targets),
            formatValue(mae),
            formatValue(rmse),
          ]),
        ),
      )
    return drawn
  }
}

/** A row for each part, and one of what an answer without memory reaches. */
function scoresTable(reports: readonly EvaluationReport[], result: Result): HTMLElement {
  const names = [...new Set(reports.flatMap(({ scores }) => Object.keys(scores)))].filter((name) => !name.includes('/'))
  const chance = names.map((name) => result?.[`chance_${name}`] ?? Number.NaN)
  const known = chance.some((value) => Number.isFinite(value))
  return createTable(
    'evaluation-scores',
    ['Data', 'Targets', ...names.map(formatName)],
    [
      ...reports.map(({ part, dataset = part, targets, scores }) => [
        dataset,
        formatCount(targets),
        ...names.map((name) => scoreWords(name, scores[name] ?? Number.NaN)),
      ]),
      ...(known
        ? [
            [
              'at chance',
              '–',
              ...names.map((name, at) => (Number.isFinite(chance[at]) ? scoreWords(name, chance[at] ?? 0) : '–')),
            ],
          ]
        : []),
    ],
  )
}

function scoreWords(name: string, value: number): string {
  return SHARES.includes(name) && Number.isFinite(value) ? `${(value * 100).toFixed(1)} %` : formatValue(value)
}
