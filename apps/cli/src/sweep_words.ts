import type { JobStatus, SweepSummary } from '@unroll/client'
import { figure } from './run_view.ts'

/** The number of jobs in each state. */
export function formatCounts({ jobs }: Pick<SweepSummary, 'jobs'>): string {
  const counts = Object.entries(jobs) as [JobStatus, number][]
  return counts
    .filter(([, count]) => count > 0)
    .map(([status, count]) => `${count} ${status}`)
    .join(', ')
}

export function formatValue(value: number | string | null | undefined): string {
  return typeof value === 'number' ? figure(value) : (value ?? '-')
}
