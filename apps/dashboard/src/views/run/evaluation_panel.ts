import { element } from '../../dom/element.ts'
import { formatCount, formatName, formatValue } from '../../format.ts'
import { poll } from '../../data/poll.ts'
import { usesDataset, type EvaluationReport, type Job } from '@unroll/client'
import { createTable } from '../shared/table.ts'
import type { RunContext } from './run_context.ts'

const EVERY_MS = 1_000

/** How a job on a data set answers what was held out, once it has ended. */
export class EvaluationPanel {
  readonly root: HTMLElement = element('section', {
    class: 'panel',
    testId: 'evaluations',
    attributes: { 'aria-label': 'Evaluation' },
  })

  constructor({ client, ...context }: RunContext, { id, spec }: Job) {
    this.root.hidden = true
    if (!usesDataset(spec.data)) return
    const tick = async (signal: AbortSignal) => {
      if (!context.isFinal()) return 'later'
      this.#show(await client.jobs.evaluations(id, { signal }))
      return 'stop'
    }
    void poll(tick, { everyMs: EVERY_MS, ...context })
  }

  #show(reports: readonly EvaluationReport[]): void {
    this.root.hidden = reports.length === 0
    this.root.replaceChildren(
      element('div', { class: 'section-head' }, element('h2', { text: 'Evaluation' })),
      scoresTable(reports),
      ...reports.flatMap((report) => createDetails(report)),
    )
  }
}

/** A row for each part. */
function scoresTable(reports: readonly EvaluationReport[]): HTMLElement {
  const names = [...new Set(reports.flatMap(({ scores }) => Object.keys(scores)))].filter((name) => !name.includes('/'))
  return createTable(
    'evaluation-scores',
    ['Held out', 'Targets', ...names.map(formatName)],
    reports.map(({ part, targets, scores }) => [
      part,
      formatCount(targets),
      ...names.map((name) => formatValue(Number(scores[name] ?? Number.NaN))),
    ]),
  )
}

function createDetails({ part, classes, confusion, horizons }: EvaluationReport): HTMLElement[] {
  const details: [title: string, table: HTMLElement][] = []
  if (horizons !== undefined && horizons.length > 1)
    details.push([
      'by horizon',
      createTable(
        `evaluation-horizons-${part}`,
        ['Steps ahead', 'MAE', 'RMSE'],
        horizons.map(({ horizon, mae, rmse }) => [
          String(horizon),
          formatValue(Number(mae)),
          formatValue(Number(rmse)),
        ]),
      ),
    ])
  if (classes !== undefined)
    details.push([
      'by class',
      createTable(
        `evaluation-classes-${part}`,
        ['Class', 'Targets', 'Precision', 'Recall', 'F1'],
        classes.map((row) => [
          row.class,
          formatCount(row.support),
          ...[row.precision, row.recall, row.f1].map((value) => formatValue(Number(value))),
        ]),
      ),
    ])
  if (classes !== undefined && confusion !== undefined)
    details.push([
      'confusion matrix, a row for each class of a target',
      createTable(
        `evaluation-confusion-${part}`,
        ['', ...classes.map((row) => row.class)],
        confusion.map((row, at) => [classes[at]?.class ?? '', ...row.map(formatCount)]),
      ),
    ])
  return details.map(([title, table]) =>
    element(
      'details',
      {},
      element('summary', { text: `${formatName(part)}, ${title}` }),
      element('div', { class: 'scrolled' }, table),
    ),
  )
}
