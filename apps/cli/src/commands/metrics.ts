import type { MetricsPage } from '@unroll/client'
import type { Command } from '../command.ts'
import { RANGE_OPTIONS, parseStepRange } from '../step_range.ts'
import { named } from '../named_numbers.ts'
import { UsageError } from '../usage_error.ts'

const ROWS = 1_000
const PLOTTED = ['loss', 'grad_norm']

export const metrics: Command = {
  summary: 'prints the metrics of a run so far, as CSV or as charts in the terminal',
  arguments: ['job'],
  options: {
    series: { type: 'string', value: 'names', help: 'these alone, with commas between them, such as loss,grad_norm*' },
    plot: { type: 'boolean', help: 'draw a chart of each (of loss and grad_norm unless --series is given)' },
    ...RANGE_OPTIONS,
  },
  example: 'unroll metrics job_… --series loss,grad_norm > run.csv    (with --json, a page a line)',
  async run(call) {
    const {
      client,
      terminal,
      given: [id = ''],
      text,
      flags,
      signal,
    } = call
    const series = text['series']?.split(',')
    const range = parseStepRange(text)
    const isJson = flags['json'] === true
    if (flags['plot'] === true && !isJson) {
      const { plotRun } = await import('../views/run_plots.ts')
      for (const line of await plotRun(call, id, { series: series ?? PLOTTED, ...range })) terminal.out(line)
      return
    }
    // The columns are those of the whole run, which a page does not contain: a series may begin late or be sparse.
    const names = isJson ? [] : selectColumns(await client.jobs.metricsSummary(id, { series }, { signal }), series)
    for (let after: string | undefined; ;) {
      const page = await client.jobs.metrics(id, { series, ...range, after, limit: ROWS }, { signal })
      if (isJson) terminal.out(JSON.stringify(page, named))
      else {
        if (after === undefined) terminal.out(['step', ...names].join(','))
        for (const line of csvLines(page, names)) terminal.out(line)
      }
      if (page.steps.length < ROWS) return
      after = page.cursor
    }
  },
}

/** @throws {UsageError} when a prefix matches no series of the run */
function selectColumns({ series }: { series: object }, selectors: readonly string[] | undefined): string[] {
  const present = Object.keys(series)
  if (selectors === undefined) return present
  const columns = selectors.flatMap((selector) => {
    if (!selector.endsWith('*')) return [selector]
    const meant = present.filter((name) => name.startsWith(selector.slice(0, -1)))
    if (meant.length === 0)
      throw new UsageError(`--series "${selector}" must begin a series of the run: none begins so`)
    return meant
  })
  return [...new Set(columns)]
}

/** One line for each step; an unmeasured value is empty. */
function csvLines({ steps, series }: MetricsPage, names: readonly string[]): string[] {
  return steps.map((step, at) => [step, ...names.map((name) => series[name]?.[at] ?? '')].join(','))
}
