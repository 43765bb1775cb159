import { collectDefaultMetrics as collect, type Registry } from 'prom-client'

/** Sums, over the label `type`, of gauges that are there as well; their names end as those of counters must, which promtool refuses. */
const MISNAMED = ['nodejs_active_resources_total', 'nodejs_active_handles_total', 'nodejs_active_requests_total']

/** Adds what Node.js says of this process, `process_*` and `nodejs_*`, to a registry. */
export function collectDefaultMetrics({ register }: { register: Registry }): void {
  collect({ register })
  for (const name of MISNAMED) register.removeSingleMetric(name)
}
