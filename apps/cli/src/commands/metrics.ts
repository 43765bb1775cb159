import type { MetricsPage } from '@unroll/client'
import type { Command } from '../command.ts'
import { RANGE_OPTIONS, rangeOf } from '../step_range.ts'
import { named } from './watch.ts'

const ROWS = 1_000

export const metrics: Command = {
  summary: 'prints the metrics of a run so far, as CSV',
  arguments: ['job'],
  options: {
    series: { type: 'string', value: 'names', help: 'these alone, with commas between them, such as loss,grad_norm' },
    ...RANGE_OPTIONS,
  },
  example: 'unroll metrics job_… --series loss,grad_norm > run.csv    (with --json, a page a line)',
  async run({ client, terminal, given: [id = ''], text, flags, signal }) {
    const series = text['series']?.split(',')
    const range = rangeOf(text)
    let names = series
    for (let after: string | undefined; ;) {
      const page = await client.jobs.metrics(id, { series, ...range, after, limit: ROWS }, { signal })
      if (flags['json'] === true) terminal.out(JSON.stringify(page, named))
      else {
        names ??= Object.keys(page.series)
        if (after === undefined) terminal.out(['step', ...names].join(','))
        for (const line of csvLines(page, names)) terminal.out(line)
      }
      if (page.steps.length < ROWS) return
      after = page.cursor
    }
  },
}

/** One line a step; empty where nothing was measured. */
function csvLines({ steps, series }: MetricsPage, names: readonly string[]): string[] {
  return steps.map((step, at) => [step, ...names.map((name) => series[name]?.[at] ?? '')].join(','))
}
