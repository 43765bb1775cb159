import type { EvaluationReport } from '@unroll/client'
import type { Command } from '../command.ts'
import { figure } from '../run_view.ts'
import { table } from '../table.ts'

export const evaluation: Command = {
  summary: 'shows how a job on a data set answers what was held out, once it has succeeded',
  arguments: ['job'],
  options: { part: { type: 'string', value: 'part', help: 'of this part alone, validation or test' } },
  example: 'unroll evaluation job_… --part test',
  async run({ client, terminal, given: [id = ''], text, flags, signal }) {
    const all = await client.jobs.evaluations(id, { signal })
    const reports = text['part'] === undefined ? all : all.filter(({ part }) => part === text['part'])
    if (flags['json'] === true) return terminal.out(JSON.stringify(reports))
    if (reports.length === 0) terminal.out('nothing was evaluated: only jobs on data sets that have succeeded are')
    for (const [at, report] of reports.entries()) {
      if (at > 0) terminal.out('')
      for (const line of formatEvaluation(report)) terminal.out(line)
    }
  },
}

/** An evaluation in lines: its scores, then a table for each way it is broken down. */
function formatEvaluation({ part, step, targets, scores, classes, confusion, horizons }: EvaluationReport): string[] {
  const named = Object.entries(scores).filter(([name]) => !name.includes('/'))
  const head = `${part}, step ${step}, ${targets} targets: ${named.map(([name, value]) => `${name} ${figure(Number(value))}`).join(', ')}`
  const tables: string[][][] = []
  if (horizons !== undefined && horizons.length > 1)
    tables.push([
      ['HORIZON', 'MAE', 'RMSE'],
      ...horizons.map(({ horizon, mae, rmse }) => [String(horizon), figure(Number(mae)), figure(Number(rmse))]),
    ])
  if (classes !== undefined)
    tables.push([
      ['CLASS', 'TARGETS', 'PRECISION', 'RECALL', 'F1'],
      ...classes.map((row) => [
        row.class,
        String(row.support),
        ...[row.precision, row.recall, row.f1].map((value) => figure(Number(value))),
      ]),
    ])
  if (classes !== undefined && confusion !== undefined)
    tables.push([
      ['TARGET \\ ANSWER', ...classes.map((row) => row.class)],
      ...confusion.map((row, at) => [classes[at]?.class ?? '', ...row.map(String)]),
    ])
  return [head, ...tables.flatMap((rows) => ['', ...table(rows)])]
}
