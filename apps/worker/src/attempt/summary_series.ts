/** The series that a run is told by; norms of single parameters are left to the metrics. */
export function summarySeries(series: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(series).filter(([name]) => !name.includes('/')))
}
