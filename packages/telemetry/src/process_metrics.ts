import { collectDefaultMetrics as collect, type Registry } from 'prom-client'

/** Sums, over the label `type`, of other existing gauges; they have names of counters, which promtool refuses. */
const MISNAMED = ['nodejs_active_resources_total', 'nodejs_active_handles_total', 'nodejs_active_requests_total']

/** Adds the default metrics of Node.js, `process_*` and `nodejs_*`, to a registry. */
export function collectDefaultMetrics({ register }: { register: Registry }): void {
  collect({ register })
  for (const name of MISNAMED) register.removeSingleMetric(name)
}
