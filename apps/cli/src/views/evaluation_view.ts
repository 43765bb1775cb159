import type { EvaluationReport } from '@unroll/client'
import type { Call } from '../command.ts'
import type { Exit } from '../exit_codes.ts'
import { named } from '../named_numbers.ts'
import { figure } from '../run_view.ts'
import { table } from '../table.ts'

/** Asks for an evaluation, waits for it and prints it. */
export async function evaluateCheckpoint({
  client,
  terminal,
  given: [id = '', dataset = ''],
  text,
  flags,
  signal,
}: Call): Promise<Exit> {
  const { checkpoint, key } = text
  const request = { dataset, ...(checkpoint !== undefined && { checkpoint }) }
  const asked = await client.jobs.evaluate(id, request, { idempotencyKey: key, signal })
  terminal.note(`${asked.id}: checkpoint ${asked.checkpoint} of step ${asked.step}`)
  terminal.status('waits for a worker')
  const ended = await client.jobs.evaluationEnd(id, asked.id, { signal })
  terminal.status('')
  if (flags['json'] === true) terminal.out(JSON.stringify(ended, named))
  else if (ended.report !== null) for (const line of formatEvaluation({ ...ended.report, dataset })) terminal.out(line)
  if (ended.error !== null && flags['json'] !== true) terminal.note(`failed: ${ended.error.message}`)
  return ended.error === null ? 'ok' : 'failed'
}

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
