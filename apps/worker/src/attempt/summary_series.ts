/** The series in the summary of a run; norms of single parameters are only in the metrics. */
export function summarySeries(series: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(series).filter(([name]) => !name.includes('/')))
}
