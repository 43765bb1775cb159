import type { EvaluationReport } from '@unroll/client'
import { figure } from '../run_view.ts'
import { table } from '../table.ts'

/** An evaluation in lines: its scores, then a table for each way it is broken down. */
export function formatEvaluation(report: EvaluationReport): string[] {
  const { part, dataset = part, step, targets, scores, classes, confusion, horizons } = report
  const overall = Object.entries(scores).filter(([name]) => !name.includes('/'))
  const head = `${dataset}, step ${step}, ${targets} targets: ${overall.map(([name, value]) => `${name} ${figure(value)}`).join(', ')}`
  const tables: string[][][] = []
  if (horizons !== undefined && horizons.length > 1)
    tables.push([
      ['HORIZON', 'MAE', 'RMSE'],
      ...horizons.map(({ horizon, mae, rmse }) => [String(horizon), figure(mae), figure(rmse)]),
    ])
  if (classes !== undefined)
    tables.push([
      ['CLASS', 'TARGETS', 'PRECISION', 'RECALL', 'F1'],
      ...classes.map((row) => [
        row.class,
        String(row.support),
        ...[row.precision, row.recall, row.f1].map((value) => figure(value)),
      ]),
    ])
  if (classes !== undefined && confusion !== undefined)
    tables.push([
      ['TARGET \\ ANSWER', ...classes.map((row) => row.class)],
      ...confusion.map((row, at) => [classes[at]?.class ?? '', ...row.map(String)]),
    ])
  return [head, ...tables.flatMap((rows) => ['', ...table(rows)])]
}
