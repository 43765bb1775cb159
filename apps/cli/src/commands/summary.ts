import { figure } from '../run_view.ts'
import { table } from '../table.ts'
import type { Command } from '../command.ts'
import { named } from '../named_numbers.ts'

export const summary: Command = {
  summary: 'sums up the metrics of a run',
  arguments: ['job'],
  options: { series: { type: 'string', value: 'names', help: 'of these alone, such as loss,grad_norm*' } },
  example: 'unroll summary job_… --series loss,grad_norm*',
  async run({ client, terminal, given: [id = ''], text, flags, signal }) {
    const found = await client.jobs.metricsSummary(id, { series: text['series']?.split(',') }, { signal })
    if (flags['json'] === true) return terminal.out(JSON.stringify(found, named))
    const rows = Object.entries(found.series).map(([name, { n, last, min, min_step, max, max_step, ...rest }]) => {
      const { mean, percentiles, nonfinite } = rest
      const others = nonfinite.nan + nonfinite.infinity + nonfinite.negative_infinity
      const figures = [last, min, min_step, max, max_step, mean, percentiles.p5, percentiles.p50, percentiles.p95]
      return [name, ...figures.map(figure), String(n), String(others)]
    })
    const head = ['SERIES', 'LAST', 'MIN', 'AT', 'MAX', 'AT', 'MEAN', '≈P5', '≈P50', '≈P95', 'N', 'NOT FINITE']
    for (const line of table([head, ...rows])) terminal.out(line)
  },
}
